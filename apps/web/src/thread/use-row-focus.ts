/**
 * One stop of the Tab key for the whole list; arrows move in it, Enter goes into a message, Escape out. The row that
 * has the focus stays on the page however far it is scrolled away; when it leaves the window the list itself takes it.
 */
import type { Row } from "@kith/react";
import { useLayoutEffect, useRef, useState } from "react";
import type { FocusEvent, KeyboardEvent, RefObject } from "react";
import type { VirtualizerHandle } from "virtua";

/** A row far away is on the page at once and can be focused once it is measured, a frame or two later. */
const FRAMES_MAX = 30;
const PAGE_ROWS = 10;

interface RowFocus {
  /** The row that Tab leads to. */
  readonly activeKey: string | null;
  /** Indexes of rows that stay on the page. */
  readonly kept: readonly number[];
  onKeyDown(event: KeyboardEvent): void;
  onFocus(event: FocusEvent): void;
  onBlur(event: FocusEvent): void;
}

export function useRowFocus(options: {
  readonly rows: readonly Row[];
  readonly hasNewer: boolean;
  readonly region: RefObject<HTMLDivElement | null>;
  readonly list: RefObject<VirtualizerHandle | null>;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  /** Where the focus was last, or where one reads; null: the last. */
  readonly active: string | null;
  setActive(key: string): void;
  goToEnd(): void;
}): RowFocus {
  const { rows, hasNewer, region, list, field, active, setActive } = options;
  /** Where the focus is going. */
  const [target, setTarget] = useState<string | null>(null);
  const hasFocus = useRef(false);
  const wantsLast = useRef(false);
  const frame = useRef(0);

  const indexOf = (key: string | null): number => rows.findIndex((row) => row.key === key);
  const lastKey = rows.at(-1)?.key ?? null;
  const activeKey = active !== null && indexOf(active) >= 0 ? active : lastKey;
  const kept = [indexOf(activeKey), indexOf(target)].filter((at) => at >= 0);

  function focusRow(at: number): void {
    const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
    if (row === undefined) return;
    list.current?.scrollToIndex(rows.indexOf(row), { align: "nearest" });
    setTarget(row.key);
    cancelAnimationFrame(frame.current);
    const tryIt = (framesLeft: number): void => {
      const article = region.current?.querySelector<HTMLElement>(
        `article[data-key="${CSS.escape(row.key)}"]`,
      );
      article?.focus({ preventScroll: true });
      if (article && document.activeElement === article) setTarget(null);
      else if (framesLeft > 0 && hasFocus.current)
        frame.current = requestAnimationFrame(() => tryIt(framesLeft - 1));
    };
    tryIt(FRAMES_MAX);
  }

  useLayoutEffect(() => {
    if (!hasFocus.current) return;
    if (document.activeElement === document.body) region.current?.focus({ preventScroll: true });
    if (!wantsLast.current || hasNewer) return;
    wantsLast.current = false;
    if (document.activeElement === region.current) focusRow(rows.length - 1);
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, hasNewer]);

  function goToLast(): void {
    options.goToEnd();
    if (!hasNewer) return focusRow(rows.length - 1);
    wantsLast.current = true;
    region.current?.focus({ preventScroll: true });
  }

  return {
    activeKey,
    kept,
    onKeyDown(event) {
      const element = event.target as HTMLElement;
      const article = element.closest("article");
      const isOnRow = element === article || element === region.current;
      const at = indexOf(article?.dataset["key"] ?? activeKey);
      const moves: Readonly<Record<string, number>> = {
        ArrowUp: at - 1,
        ArrowDown: at + 1,
        Home: 0,
        PageUp: at - PAGE_ROWS,
        PageDown: at + PAGE_ROWS,
      };
      const to = moves[event.key];
      if (isOnRow && to !== undefined) focusRow(to);
      else if (isOnRow && event.key === "End") goToLast();
      else if (isOnRow && event.key === "Enter")
        article?.querySelector<HTMLElement>('[data-control]:not([data-control="aside"])')?.focus();
      else if (!isOnRow && article !== null && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        const controls = [...article.querySelectorAll<HTMLElement>("[data-control]")];
        const next = controls.indexOf(element) + (event.key === "ArrowRight" ? 1 : -1);
        controls[(next + controls.length) % controls.length]?.focus();
      } else if (event.key === "Escape" && (isOnRow || article !== null))
        (isOnRow ? field.current : article)?.focus();
      else return;
      event.preventDefault();
    },
    onFocus(event) {
      hasFocus.current = true;
      const key = (event.target as HTMLElement).closest("article")?.dataset["key"];
      if (key !== undefined) setActive(key);
    },
    onBlur(event) {
      if (!event.currentTarget.contains(event.relatedTarget)) hasFocus.current = false;
    },
  };
}
