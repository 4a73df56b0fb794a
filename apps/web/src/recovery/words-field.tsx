/** Where 24 words are typed, or pasted. */
import { useId } from "react";
import type { ReactNode } from "react";

export function WordsField({
  hint,
  value,
  onChange,
}: {
  readonly hint: string;
  readonly value: string;
  onChange(value: string): void;
}): ReactNode {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium">
        Your 24 words
      </label>
      <textarea
        id={id}
        rows={4}
        value={value}
        maxLength={1_000}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        translate="no"
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
        className="border-line bg-raised w-full rounded-lg border px-3 py-2 text-[14px]"
      />
      <p id={`${id}-hint`} className="text-muted text-[12.5px]">
        {hint}
      </p>
    </div>
  );
}
