/** One message: who, when, what, and where it is by now. */
import { useDelivery } from "@kith/react";
import type { MessageWindow, Row } from "@kith/react";
import { Pin, Reply, Trash2 } from "lucide-react";
import { memo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { sentencesOf } from "../parts/failure.ts";
import { Avatar } from "../parts/person.tsx";
import { Shape } from "../parts/status.tsx";
import { DeliveryMark } from "./delivery-mark.tsx";
import { EditField } from "./edit-field.tsx";
import { EditedMark } from "./edited-mark.tsx";
import { ExpiryMark } from "./expiry.tsx";
import { clockTime } from "./grouping.ts";
import type { RowFrame } from "./grouping.ts";
import { LinkedText } from "./linked-text.tsx";
import { MessageMenu } from "./message-menu.tsx";
import { ReactMenu, Reactions } from "./reactions.tsx";

export interface RowActions extends Pick<
  MessageWindow,
  "react" | "unreact" | "retry" | "discard" | "undoEdit"
> {
  reply(row: Row): void;
  edit(row: Row): void;
  save(row: Row, text: string): void;
  cancel(row: Row): void;
  remove(row: Row): void;
  undo(row: Row): void;
  pin(row: Row): void;
  report(row: Row): void;
  /** Who wrote it. */
  about(row: Row): void;
  block(row: Row): void;
  unblock(row: Row): void;
  setMenu(key: string | null): void;
}

/** Plain values, so that a row whose surroundings stay the same is not drawn again. */
interface MessageRowProps extends RowFrame {
  readonly row: Row;
  /** Names its author's picture; null: none, or they are not of the space any more. */
  readonly picture: string | null;
  readonly answered: Row | null;
  readonly isActive: boolean;
  /** A finger has asked for its actions. */
  readonly isOpen: boolean;
  readonly isLast: boolean;
  readonly mayWrite: boolean;
  /** Also what others wrote. */
  readonly mayDelete: boolean;
  /** What others wrote. */
  readonly mayReport: boolean;
  readonly isEditing: boolean;
  readonly isMenuOpen: boolean;
  /** What is missing before it, in words; null where nothing is. */
  readonly gap: string | null;
  readonly actions: RowActions;
}

/** Not there for a finger either until they are seen. A popover that belongs to them keeps them. */
const shownWhenLookedAt = [
  "pointer-events-none opacity-0",
  "group-hover:pointer-events-auto group-hover:opacity-100",
  "group-focus-visible:pointer-events-auto group-focus-visible:opacity-100",
  "group-has-focus-visible:pointer-events-auto group-has-focus-visible:opacity-100",
  "group-has-data-popup-open:pointer-events-auto group-has-data-popup-open:opacity-100",
].join(" ");

export const MessageRow = memo(function MessageRow(props: MessageRowProps): ReactNode {
  const { row, day, isNewSince, isFirst, answered, isActive, isOpen, isLast, gap, actions } = props;
  const { isEditing, isMenuOpen } = props;
  const isGone = row.deleted || row.leaving;
  const mayWrite = props.mayWrite && !row.early && !isGone;
  const mayReport = props.mayReport && !row.mine && !row.early && !isGone;
  const mayDelete = (row.mine || props.mayDelete) && props.mayWrite && !row.early;
  const article = useRef<HTMLElement>(null);
  const { words, level } = useDelivery(row);
  // Always shown for the newest of one's own and for what is not settled; for others with the actions, which move nothing.
  const [isUnfolded, setUnfolded] = useState(false);
  const isFolded = row.isBlocked && !isUnfolded;
  // Whoever looks at its devices keeps it, though a newer one comes.
  const [isLookedAt, setLookedAt] = useState(false);
  const isInLine = isLast || isLookedAt || level === "sending" || level === "failed";
  const hasDevices = row.id !== null && row.state === "saved" && row.delivery.of > 0;
  return (
    <div className="px-5">
      {gap !== null && (
        <p className="text-muted tabular flex items-center gap-3 py-3 text-center text-[12px]">
          <span className="bg-line h-px min-w-4 flex-1" /> {gap}{" "}
          <span className="bg-line h-px min-w-4 flex-1" />
        </p>
      )}
      {day !== null && (
        <p className="text-muted flex items-center gap-3 py-3 text-[12px] font-medium">
          <span className="bg-line h-px flex-1" /> {day} <span className="bg-line h-px flex-1" />
        </p>
      )}
      {isNewSince && (
        <div
          role="separator"
          aria-label="New messages"
          className="text-bad flex items-center gap-3 py-2 text-[12px] font-semibold"
        >
          <span className="bg-bad h-px flex-1 opacity-60" /> New
        </div>
      )}
      <article
        ref={article}
        tabIndex={isActive ? 0 : -1}
        data-key={row.key}
        aria-label={`${row.authorName}, ${clockTime(row.atMs)}: ${isFolded ? "message of a blocked person" : wordsOf(row)}`}
        className={`group hover:bg-rail/60 relative -mx-2 flex gap-3 rounded-lg px-2 py-0.5 ${isFirst ? "mt-2" : ""}`}
      >
        <div className="w-9 shrink-0">
          {isFirst && row.mine && <Avatar id={row.author} name={row.authorName} picture={props.picture} />}
          {isFirst && !row.mine && (
            // The name beside it does the same, for those who do not see this; by the keyboard the menu does.
            <button type="button" tabIndex={-1} aria-hidden="true" onClick={() => actions.about(row)}>
              <Avatar id={row.author} name={row.authorName} picture={props.picture} />
            </button>
          )}
        </div>
        <div className="min-w-0 flex-1">
          {isFirst && (
            <p className="flex items-baseline gap-2">
              {row.mine ? (
                <bdi className="font-semibold">{row.authorName}</bdi>
              ) : (
                <button
                  type="button"
                  tabIndex={-1}
                  title={`About ${row.authorName}`}
                  className="-my-0.5 min-h-6 min-w-0 truncate font-semibold hover:underline"
                  onClick={() => actions.about(row)}
                >
                  <bdi>{row.authorName}</bdi>
                </button>
              )}
              <time dateTime={new Date(row.atMs).toISOString()} className="text-muted tabular text-[11.5px]">
                {clockTime(row.atMs)}
              </time>
            </p>
          )}
          {isFolded ? (
            <p className="text-muted flex items-center gap-2 text-[13px]">
              Message of a blocked person
              <Button size="small" look="quiet" tabIndex={-1} data-control onClick={() => setUnfolded(true)}>
                Show
              </Button>
            </p>
          ) : (
            <>
              {row.replyTo !== null && <Quote answered={answered} isExpired={row.isReplyToExpired} />}
              {isEditing && !isGone ? (
                <EditField
                  text={row.text}
                  onSave={(text) => actions.save(row, text)}
                  onCancel={() => actions.cancel(row)}
                />
              ) : isGone ? (
                <Gone row={row} onUndo={() => actions.undo(row)} />
              ) : (
                <p
                  dir="auto"
                  className="max-w-[72ch] text-[14.5px] leading-[1.55] break-words whitespace-pre-wrap"
                >
                  <LinkedText text={row.text} />
                  {row.editedMs !== null && row.id !== null && (
                    <EditedMark id={row.id} editedMs={row.editedMs} />
                  )}
                  {row.expiresMs !== null && <ExpiryMark expiresMs={row.expiresMs} />}
                  {row.pinned && (
                    <Pin size={12} aria-label="Pinned" className="text-muted ms-1.5 inline align-baseline" />
                  )}
                </p>
              )}
            </>
          )}
          {!isGone && <Reactions row={row} how={mayWrite ? actions : null} />}
          {row.isEditHeld && !isGone && <HeldEdit row={row} actions={actions} />}
          {row.mine &&
            isInLine &&
            !isGone &&
            (hasDevices ? (
              <DeliveryMark id={row.id} words={words} onOpenChange={setLookedAt} />
            ) : (
              <Delivery {...{ row, words, actions }} mayRetry={props.mayWrite} />
            ))}
        </div>
        {row.id !== null && !isGone && !isEditing && (
          <div
            className={`bg-raised border-line absolute -top-3 end-2 flex items-center rounded-lg border p-0.5 ${isOpen || isMenuOpen ? "" : shownWhenLookedAt}`}
          >
            {row.mine &&
              !isInLine &&
              (hasDevices ? (
                <DeliveryMark id={row.id} words={words} className="px-1.5" />
              ) : (
                <span className="text-muted px-1.5 text-[11.5px]">{words}</span>
              ))}
            {mayWrite && <ReactMenu row={row} how={actions} />}
            {mayWrite && (
              <button
                type="button"
                tabIndex={-1}
                data-control
                aria-label="Reply"
                title="Reply"
                onClick={() => actions.reply(row)}
                className="text-muted hover:text-text hover:bg-rail grid size-7 place-content-center rounded-md pointer-coarse:size-10"
              >
                <Reply size={15} aria-hidden="true" />
              </button>
            )}
            <MessageMenu
              text={row.text}
              isOpen={isMenuOpen}
              mayEdit={row.mine && mayWrite}
              pinned={mayWrite ? row.pinned : null}
              mayDelete={mayDelete}
              mayReport={mayReport}
              author={row.mine ? null : { name: row.authorName, isBlocked: row.isBlocked }}
              row={article}
              onOpenChange={(open) => actions.setMenu(open ? row.key : null)}
              onEdit={() => actions.edit(row)}
              onPin={() => actions.pin(row)}
              onReport={() => actions.report(row)}
              onAbout={() => actions.about(row)}
              onBlock={() => (row.isBlocked ? actions.unblock(row) : actions.block(row))}
              onDelete={() => actions.remove(row)}
            />
          </div>
        )}
      </article>
    </div>
  );
});

function wordsOf(row: Row): string {
  return row.deleted || row.leaving ? "Message deleted" : row.text;
}

/** In place of the text; for some seconds with a way back, for nothing has been sent yet. */
function Gone({ row, onUndo }: { row: Row; onUndo: () => void }): ReactNode {
  return (
    <p className="text-muted flex min-h-7 items-center gap-2 text-[13.5px]">
      <Trash2 size={14} aria-hidden="true" className="shrink-0" />
      <span className="italic">Message deleted</span>
      {row.leaving && (
        <Button size="small" look="quiet" tabIndex={-1} data-control onClick={onUndo}>
          Undo
        </Button>
      )}
    </p>
  );
}

function Quote({ answered, isExpired }: { answered: Row | null; isExpired: boolean }): ReactNode {
  return (
    <p className="border-accent text-muted mb-0.5 max-w-[72ch] truncate border-s-2 ps-2 text-[12.5px]">
      {answered === null ? (
        isExpired ? (
          <span className="italic">Answers a message that has disappeared</span>
        ) : (
          "Answers an earlier message"
        )
      ) : (
        <>
          <bdi className="font-medium">{answered.authorName}</bdi>:{" "}
          <bdi>{answered.isBlocked ? "message of a blocked person" : wordsOf(answered)}</bdi>
        </>
      )}
    </p>
  );
}

interface DeliveryProps {
  readonly row: Row;
  readonly words: string;
  readonly mayRetry: boolean;
  readonly actions: RowActions;
}

/** The text that is shown is here alone; what others have is the one before. */
function HeldEdit({ row, actions }: Pick<DeliveryProps, "row" | "actions">): ReactNode {
  const { id } = row;
  if (id === null) return null;
  return (
    <p className="text-bad mt-0.5 flex flex-wrap items-center gap-2 text-[12.5px]">
      <Shape level="warn" />
      <span>Change held back, not sent yet.</span>
      <Button size="small" look="quiet" tabIndex={-1} data-control onClick={() => actions.undoEdit(id)}>
        Take it back
      </Button>
    </p>
  );
}

function Delivery({ row, words, mayRetry, actions }: DeliveryProps): ReactNode {
  const isHeld = row.state === "held";
  if (!isHeld && row.state !== "failed") return <p className="text-muted text-[11.5px]">{words}</p>;
  return (
    <p className="text-bad mt-0.5 flex flex-wrap items-center gap-2 text-[12.5px]">
      <Shape level={isHeld ? "warn" : "bad"} />
      <span>
        {words}. {row.failure && sentencesOf(row.failure)}
      </span>
      {!isHeld && mayRetry && (
        <Button size="small" look="danger" tabIndex={-1} data-control onClick={() => actions.retry(row.key)}>
          Try again
        </Button>
      )}
      <Button size="small" look="quiet" tabIndex={-1} data-control onClick={() => actions.discard(row.key)}>
        Delete
      </Button>
    </p>
  );
}
