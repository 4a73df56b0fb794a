/** An edit or a deletion that the node refused: why, and the text once more, for nothing that was written is lost. */
import type { MessageWindow } from "@kith/react";
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { sentencesOf } from "../parts/failure.ts";
import { Shape } from "../parts/status.tsx";

export function RefusedChangeNote({ messages }: { messages: MessageWindow }): ReactNode {
  const { refusedChange, edit, remove } = messages;
  const announce = useAnnounce();
  // What was refused on an earlier visit was told then.
  const [told, setTold] = useState(refusedChange);
  const note = refusedChange === told ? null : refusedChange;
  const what = note?.text === null ? "The message was not deleted." : "The change was not saved.";
  useEffect(() => {
    if (note !== null) announce(`${what} ${note.failure.message}`);
  }, [note, what, announce]);
  if (note === null) return null;
  return (
    <div className="text-bad flex flex-wrap items-center gap-2 px-5 py-1 text-[12.5px] max-md:px-3">
      <Shape level="bad" />
      <span>
        {what} {sentencesOf(note.failure)}
        {note.text !== null && (
          <>
            {" "}
            You wrote: <bdi className="text-text">{note.text}</bdi>
          </>
        )}
      </span>
      <Button
        size="small"
        look="danger"
        onClick={() => (note.text === null ? remove(note.message) : edit(note.message, note.text))}
      >
        Try again
      </Button>
      <button
        type="button"
        aria-label="Close this note"
        className="grid size-6 shrink-0 place-content-center"
        onClick={() => setTold(note)}
      >
        <X size={14} aria-hidden="true" />
      </button>
    </div>
  );
}
