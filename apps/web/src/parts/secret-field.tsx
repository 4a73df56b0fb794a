/** A passphrase being typed: hidden, unless its person wants to see it. */
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { IconButton } from "./buttons.tsx";
import { TextField } from "./fields.tsx";

export function SecretField({
  label,
  hint,
  error,
  autoComplete,
  autoFocus,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  error?: string | null;
  autoComplete: "current-password" | "new-password";
  autoFocus?: boolean;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const [isShown, setShown] = useState(false);
  const Picture = isShown ? EyeOff : Eye;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-2">
      <TextField
        label={label}
        hint={hint}
        error={error}
        type={isShown ? "text" : "password"}
        autoComplete={autoComplete}
        autoCapitalize="off"
        spellCheck={false}
        maxLength={1_024}
        value={value}
        {...(autoFocus === true && { autoFocus })}
        onChange={(event) => onChange(event.target.value)}
      />
      <IconButton
        label={isShown ? `Hide: ${label}` : `Show: ${label}`}
        aria-pressed={isShown}
        className="mt-[26px]"
        onClick={() => setShown(!isShown)}
      >
        <Picture size={17} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
