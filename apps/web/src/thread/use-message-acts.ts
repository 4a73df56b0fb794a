/** Which row is being changed and whose menu is open: by a button, a long press, a key, or the arrow up where one writes. */
import { useKith } from "@kith/react";
import type { MessageWindow, Row } from "@kith/react";
import { useRef, useState } from "react";
import type { MouseEvent, PointerEvent, RefObject } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { toFailure } from "../parts/failure.ts";

/** A finger that rests for so long asks for the menu. */
const LONG_PRESS_MS = 500;
/** Farther, and it scrolls. */
const MOVE_PX_MAX = 10;

export function mayEdit(row: Row): boolean {
  return row.mine && row.state === "saved" && row.id !== null && !row.deleted && !row.leaving && !row.early;
}

interface MessageActs {
  /** Keys of rows. */
  readonly editing: string | null;
  readonly menu: string | null;
  setMenu(key: string | null): void;
  edit(row: Row): void;
  editLast(): boolean;
  save(row: Row, text: string): void;
  cancel(row: Row): void;
  remove(row: Row): void;
  undo(row: Row): void;
  pin(row: Row): void;
  /** Who wrote it. */
  unblock(row: Row): void;
  /** For the region around the rows. */
  readonly press: {
    onPointerDown(event: PointerEvent): void;
    onPointerMove(event: PointerEvent): void;
    onPointerUp(): void;
    onPointerCancel(): void;
    onContextMenu(event: MouseEvent): void;
  };
}

export function useMessageActs(options: {
  readonly messages: MessageWindow;
  readonly rows: readonly Row[];
  readonly region: RefObject<HTMLDivElement | null>;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  /** Brings the row into sight. */
  show(key: string): void;
}): MessageActs {
  const { messages, rows, region, field, show } = options;
  const announce = useAnnounce();
  const { client } = useKith();
  const [editing, setEditing] = useState<string | null>(null);
  const [menu, setMenu] = useState<string | null>(null);
  const isFromField = useRef(false);
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);

  const focusRow = (key: string): void =>
    region.current?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(key)}"]`)?.focus();

  function endEdit(row: Row): void {
    setEditing(null);
    if (isFromField.current) field.current?.focus();
    else focusRow(row.key);
  }

  function letGo(): void {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  }

  const keyAt = (target: EventTarget): string | null =>
    (target as HTMLElement).closest("article")?.dataset["key"] ?? null;

  return {
    editing,
    menu,
    setMenu,
    edit(row) {
      if (!mayEdit(row)) return;
      isFromField.current = document.activeElement === field.current;
      setEditing(row.key);
    },
    editLast() {
      // Not an older one while the last is still on its way to the node.
      const last = rows.findLast(({ mine, deleted, leaving }) => mine && !deleted && !leaving);
      if (last === undefined || !mayEdit(last)) return false;
      isFromField.current = true;
      show(last.key);
      setEditing(last.key);
      return true;
    },
    save(row, text) {
      if (row.id !== null && text !== row.text) messages.edit(row.id, text);
      endEdit(row);
    },
    cancel: endEdit,
    remove(row) {
      if (row.id === null) return;
      messages.remove(row.id);
      announce("The message will be deleted for everyone in a few seconds. Undo is in its place.");
    },
    undo(row) {
      if (row.id === null) return;
      messages.undoRemove(row.id);
      announce("Not deleted.");
      focusRow(row.key);
    },
    pin(row) {
      if (row.id === null) return;
      const asked = row.pinned ? client.unpin(row.id) : client.pin(row.id);
      asked.then(
        () => announce(row.pinned ? "No longer pinned." : "Pinned."),
        (error: unknown) => announce(`It was not pinned. ${toFailure(error).message}`),
      );
    },
    unblock(row) {
      client.unblock(row.author).then(
        () => announce(`${row.authorName} is not blocked any more.`),
        (error: unknown) => announce(`It did not work. ${toFailure(error).message}`),
      );
    },
    press: {
      onPointerDown(event) {
        letGo();
        const key = keyAt(event.target);
        const isControl = (event.target as HTMLElement).closest("a, button, textarea") !== null;
        if (event.pointerType === "mouse" || key === null || isControl) return;
        const timer = setTimeout(() => {
          letGo();
          setMenu(key);
        }, LONG_PRESS_MS);
        press.current = { timer, x: event.clientX, y: event.clientY };
      },
      onPointerMove(event) {
        const from = press.current;
        if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOVE_PX_MAX) letGo();
      },
      onPointerUp: letGo,
      onPointerCancel: letGo,
      onContextMenu(event) {
        // The mouse keeps the browser's own menu; a finger and the menu key get this one.
        const key = keyAt(event.target);
        const isMouse =
          (event.nativeEvent as globalThis.PointerEvent).pointerType === "mouse" || event.button === 2;
        const isOnText = (event.target as HTMLElement).closest("textarea") !== null;
        if (key === null || isMouse || isOnText) return;
        event.preventDefault();
        setMenu(key);
      },
    },
  };
}
