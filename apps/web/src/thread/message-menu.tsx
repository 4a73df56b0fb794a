/**
 * What else may be done with a message: behind the dots, a long press and the menu key. A popover of buttons, in which the
 * arrows move as well as Tab.
 */
import { Popover } from "@base-ui/react/popover";
import { Ban, Copy, Flag, MoreHorizontal, Pencil, Pin, PinOff, Trash2, UserRound } from "lucide-react";
import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { useAnnounce } from "../parts/announcer.tsx";

interface MessageMenuProps {
  readonly text: string;
  readonly isOpen: boolean;
  readonly mayEdit: boolean;
  /** null: it cannot be done here. */
  readonly pinned: boolean | null;
  readonly mayDelete: boolean;
  readonly mayReport: boolean;
  /** null: oneself. */
  readonly author: { readonly name: string; readonly isBlocked: boolean } | null;
  /** Where the focus goes when it closes and nothing else takes it. */
  readonly row: RefObject<HTMLElement | null>;
  onOpenChange(isOpen: boolean): void;
  onEdit(): void;
  onPin(): void;
  onReport(): void;
  onAbout(): void;
  /** Unblocks who is blocked. */
  onBlock(): void;
  onDelete(): void;
}

/** Wraps around. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const step = steps[event.key];
  const to =
    event.key === "Home"
      ? 0
      : event.key === "End"
        ? buttons.length - 1
        : step === undefined
          ? null
          : at === -1 && step < 0
            ? buttons.length - 1
            : (at + step + buttons.length) % buttons.length;
  // What bubbles on through the page's tree would move among the messages.
  event.stopPropagation();
  if (to === null) return;
  event.preventDefault();
  buttons[to]?.focus();
}

export function MessageMenu(props: MessageMenuProps): ReactNode {
  const { text, isOpen, mayEdit, mayDelete, mayReport, pinned, author, row } = props;
  const { onOpenChange, onEdit, onPin, onReport, onAbout, onBlock, onDelete } = props;
  const announce = useAnnounce();
  const choose = (act: () => void) => (): void => {
    onOpenChange(false);
    act();
  };
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => announce("Copied."),
      () => announce("The browser does not allow copying here."),
    );
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger
        tabIndex={-1}
        data-control
        aria-label="More"
        title="More"
        className="text-muted hover:text-text hover:bg-rail grid size-7 place-content-center rounded-md pointer-coarse:size-10"
      >
        <MoreHorizontal size={15} aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup
            aria-label="What to do with the message"
            // One that edits has the focus already.
            finalFocus={() => (document.activeElement instanceof HTMLTextAreaElement ? false : row.current)}
            onKeyDown={moveFocus}
            className="bg-bg border-line z-10 grid max-w-[280px] min-w-[190px] rounded-lg border p-1"
          >
            {mayEdit && (
              <Choice onClick={choose(onEdit)}>
                <Pencil size={15} aria-hidden="true" /> Edit
              </Choice>
            )}
            {pinned !== null && (
              <Choice onClick={choose(onPin)}>
                {pinned ? <PinOff size={15} aria-hidden="true" /> : <Pin size={15} aria-hidden="true" />}
                {pinned ? "Unpin" : "Pin"}
              </Choice>
            )}
            <Choice onClick={choose(copy)}>
              <Copy size={15} aria-hidden="true" /> Copy text
            </Choice>
            {author && (
              <Choice onClick={choose(onAbout)}>
                <UserRound size={15} aria-hidden="true" className="shrink-0" />
                <span className="truncate">
                  About <bdi>{author.name}</bdi>
                </span>
              </Choice>
            )}
            {mayReport && (
              <Choice onClick={choose(onReport)}>
                <Flag size={15} aria-hidden="true" /> Report to admins
              </Choice>
            )}
            {author && (
              <Choice isBad={!author.isBlocked} onClick={choose(onBlock)}>
                <Ban size={15} aria-hidden="true" className="shrink-0" />
                <span className="truncate">
                  {author.isBlocked ? "Unblock " : "Block "}
                  <bdi>{author.name}</bdi>
                  {!author.isBlocked && "…"}
                </span>
              </Choice>
            )}
            {mayDelete && (
              <Choice isBad onClick={choose(onDelete)}>
                <Trash2 size={15} aria-hidden="true" /> Delete for everyone
              </Choice>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choice(props: { isBad?: boolean; onClick: () => void; children: ReactNode }): ReactNode {
  return (
    <button
      type="button"
      onClick={props.onClick}
      className={`hover:bg-rail focus-visible:bg-rail flex min-h-9 items-center gap-2.5 rounded-md px-2.5 text-start text-[13.5px] pointer-coarse:min-h-11 ${props.isBad === true ? "text-bad" : ""}`}
    >
      {props.children}
    </button>
  );
}
