/** Where a message is written. What is typed is kept in the node; Enter sends, and the cursor stays. */
import { useDraft } from "@kith/react";
import type { Row } from "@kith/react";
import { SendHorizontal, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode, RefObject } from "react";
import { countOf } from "../parts/count-words.ts";
import { TEXT_BYTES_MAX } from "./text-bytes.ts";

/** Higher it would hide what is answered. */
const LINES_MAX = 8;
/** Then a person is told how much is left. */
const TEXT_BYTES_TELL = 14_000;

interface ComposerProps {
  readonly channel: string;
  readonly name: string;
  /** Why nothing can be written here; null where it can. */
  readonly silence: string | null;
  /** The messages at hand, by id. The draft is read here and not above: a key press draws this and nothing else. */
  readonly rowOf: ReadonlyMap<string | null, Row>;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  onSend(text: string): void;
  /** False: there is none of one's own that could be changed. */
  onEditLast(): boolean;
}

export function Composer({
  channel,
  name,
  silence,
  rowOf,
  field,
  onSend,
  onEditLast,
}: ComposerProps): ReactNode {
  const draft = useDraft(channel);
  // The field has its own text: a store that answers a frame later would move the cursor.
  const [text, setText] = useState(draft.text);
  const touched = useRef(false);
  useEffect(() => {
    if (!touched.current) setText(draft.text);
  }, [draft.text]);

  const answered = draft.replyTo === null ? null : (rowOf.get(draft.replyTo) ?? null);
  const bytes = new TextEncoder().encode(text).length;
  const isTooLong = bytes > TEXT_BYTES_MAX;
  const canSend = text.trim() !== "" && !isTooLong;

  function send(): void {
    if (!canSend) return;
    onSend(text);
    touched.current = false;
    setText("");
    field.current?.focus();
  }

  if (silence !== null) return <p className="text-muted border-line border-t p-4 text-[13px]">{silence}</p>;
  return (
    <div className="px-5 pt-1 pb-4 max-md:px-3 max-md:pb-2">
      {draft.replyTo !== null && (
        <p className="text-muted flex items-center gap-2 pb-1 text-[12.5px]">
          <span className="truncate">
            Answering <bdi className="font-medium">{answered?.authorName ?? "an earlier message"}</bdi>
            {answered && (
              <>
                : <bdi>{answered.deleted ? "Message deleted" : answered.text}</bdi>
              </>
            )}
          </span>
          <button
            type="button"
            aria-label="Do not answer it"
            className="hover:text-text"
            onClick={() => draft.setReplyTo(null)}
          >
            <X size={14} aria-hidden="true" />
          </button>
        </p>
      )}
      <div className="border-line bg-raised focus-within:border-accent focus-within:outline-accent flex items-end gap-1 rounded-xl border p-1.5 focus-within:outline-2">
        <textarea
          ref={field}
          rows={Math.min(LINES_MAX, text.split("\n").length)}
          dir="auto"
          aria-label={`Message ${name}`}
          placeholder={`Message ${name}`}
          aria-invalid={isTooLong ? true : undefined}
          aria-describedby={bytes > TEXT_BYTES_TELL ? "composer-length" : undefined}
          value={text}
          onChange={(event) => {
            touched.current = true;
            setText(event.target.value);
            draft.setText(event.target.value);
          }}
          onBlur={() => draft.flush()}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              send();
            } else if (
              event.key === "ArrowUp" &&
              text === "" &&
              !event.nativeEvent.isComposing &&
              onEditLast()
            )
              event.preventDefault();
          }}
          className="field-sizing-content max-h-[200px] min-h-9 flex-1 resize-none bg-transparent px-2 py-1.5 text-[14.5px] leading-[1.5] outline-none"
        />
        <button
          type="button"
          aria-label="Send"
          title="Send (Enter)"
          disabled={!canSend}
          onClick={send}
          className="bg-accent text-on-accent disabled:bg-rail disabled:text-muted grid size-9 shrink-0 place-content-center rounded-lg"
        >
          <SendHorizontal size={17} aria-hidden="true" />
        </button>
      </div>
      {bytes > TEXT_BYTES_TELL && (
        <p id="composer-length" className={`pt-1 text-[12px] ${isTooLong ? "text-bad" : "text-muted"}`}>
          {isTooLong
            ? `Too long by ${countOf(bytes - TEXT_BYTES_MAX, "byte")}: send it in parts.`
            : `${countOf(TEXT_BYTES_MAX - bytes, "byte")} left.`}
        </p>
      )}
    </div>
  );
}
