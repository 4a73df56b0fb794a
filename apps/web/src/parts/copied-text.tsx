/** A text to carry elsewhere: marked by touching it, and copied by the button where the browser allows it. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "./announcer.tsx";
import { Button } from "./buttons.tsx";

export function CopiedText({
  label,
  text,
  autoFocus = false,
  beside,
  note,
}: {
  readonly label: string;
  readonly text: string;
  readonly autoFocus?: boolean;
  /** Left of the button. */
  readonly beside?: ReactNode;
  /** Between the text and the button. */
  readonly note: ReactNode;
}): ReactNode {
  const announce = useAnnounce();
  const [isCopied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce(`${label} copied`);
    } catch {
      // A browser that gives no clipboard: the text can be marked and copied by hand.
      announce("The browser did not allow it: mark the link and copy it");
    }
  }
  return (
    <>
      <label className="grid w-full gap-1.5">
        <span className="text-[13px] font-medium">{label}</span>
        <textarea
          readOnly
          rows={3}
          value={text}
          onFocus={(event) => event.target.select()}
          className="border-line bg-raised w-full resize-none rounded-lg border p-2 font-mono text-[12px] break-all"
        />
      </label>
      {note}
      <div className="flex w-full flex-wrap justify-between gap-2">
        {beside}
        <Button look="primary" autoFocus={autoFocus} className="ml-auto" onClick={() => void copy()}>
          {isCopied ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
          {isCopied ? "Copied" : "Copy link"}
        </Button>
      </div>
    </>
  );
}
