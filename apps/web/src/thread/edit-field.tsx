/** A message's text while it is changed, in its own place. Enter saves, Escape leaves it as it was. */
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { TEXT_BYTES_MAX } from "./text-bytes.ts";

export function EditField(props: { text: string; onSave(text: string): void; onCancel(): void }): ReactNode {
  const { onSave, onCancel } = props;
  const [text, setText] = useState(props.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = field.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const isTooLong = new TextEncoder().encode(text).length > TEXT_BYTES_MAX;
  const canSave = text.trim() !== "" && !isTooLong;
  const save = (): void => {
    if (canSave) onSave(text);
  };
  return (
    <div className="max-w-[72ch] py-1">
      <textarea
        ref={field}
        dir="auto"
        rows={Math.min(8, text.split("\n").length)}
        aria-label="Edit the message"
        aria-invalid={canSave ? undefined : true}
        aria-describedby="edit-help"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // The arrows move in the text, and not from row to row.
          event.stopPropagation();
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") onCancel();
          else if (event.key === "Enter" && !event.shiftKey) save();
          else return;
          event.preventDefault();
        }}
        className="border-line bg-raised focus:border-accent focus:outline-accent field-sizing-content block max-h-[240px] w-full resize-none rounded-lg border px-2.5 py-1.5 text-[14.5px] leading-[1.5] focus:outline-2"
      />
      <div className="mt-1 flex flex-wrap items-center gap-2">
        <Button size="small" look="primary" disabled={!canSave} onClick={save}>
          Save
        </Button>
        <Button size="small" look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <span id="edit-help" className={`text-[11.5px] ${isTooLong ? "text-bad" : "text-muted"}`}>
          {isTooLong
            ? "Too long: send the rest as another message."
            : text.trim() === ""
              ? "A message needs some text. To take it away, delete it."
              : "Everybody can see what it said before."}
        </span>
      </div>
    </div>
  );
}
