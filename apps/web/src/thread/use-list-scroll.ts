/**
 * Where the reader stands in the list. It is kept while rows come, go and turn out higher; at the end the list
 * follows what is new. Only a person leaves the end: what the list does by itself never counts as that.
 */
import type { MessageWindow } from "@kith/react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RefObject } from "react";
import type { VirtualizerHandle } from "virtua";
import type { ShownRows } from "./use-shown-rows.ts";

/** Closer to the end than this one is at the end: a row may be higher than it was guessed. */
const END_PX = 40;
/** Closer to either end than this the next page is asked for. */
const PAGE_PX = 600;
/** A scroll this long after a wheel, a finger or a key is a person's. */
const TOUCH_MS = 1_000;
/** The place is kept once the list has rested for so long. */
const PLACE_AFTER_MS = 400;

interface ListScroll {
  readonly isAtEnd: boolean;
  onScroll(): void;
  /** The viewport or a row has another size. */
  onResize(): void;
  /** A wheel, a finger or a key. */
  touch(): void;
  /** A pointer went down: until it is up again every scroll is the person's. */
  hold(): void;
  /** To the newest message there is; what lies between is let go. */
  goToEnd(): void;
  /** What is sent now is to be seen. */
  followSent(): void;
}

export function useListScroll(
  list: RefObject<VirtualizerHandle | null>,
  scroller: RefObject<HTMLDivElement | null>,
  messages: MessageWindow,
  { rows, isShift, generation }: ShownRows,
  /** The list rests: key of the last row in sight, null at the end. */
  onRest: (key: string | null) => void,
): ListScroll {
  const { hasOlder, hasNewer, newSince } = messages;
  const atEnd = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);
  /** How far from the end somebody stands who is at it: less than `END_PX`. */
  const gapPx = useRef(0);
  const seen = useRef({ offset: 0, size: 0, room: 0, rows });
  const hand = useRef({ touchedMs: -Infinity, isDown: false });
  /** The newest page is being read, to stand at its end. */
  const wantsEnd = useRef(false);
  const placed = useRef(false);
  const placeTimer = useRef<ReturnType<typeof setTimeout>>(undefined);

  /** Not by the list's own means: those insist for a while, against a person who scrolls away in that moment. */
  function scrollToEnd(): void {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }

  function stand(isThere: boolean): void {
    atEnd.current = isThere;
    setAtEnd(isThere);
    messages.setAtEnd(isThere);
  }

  /**
   * Older rows came above: the row that stood at the top keeps its place until the list rests. The list itself
   * counts from the end for a while, so that rows below that turn out lower would move what is read; and it learns
   * of its own scroll a frame later, so that rows measured before would be placed as if it still stood at the top.
   */
  const anchor = useRef<{ key: string; topPx: number; offset: number } | null>(null);
  const top = useRef({ key: "", topPx: 0 });
  const shownCount = useRef(0);
  useLayoutEffect(() => {
    const isLonger = rows.length > shownCount.current && shownCount.current > 0;
    shownCount.current = rows.length;
    if (!isShift || !isLonger || atEnd.current) return;
    anchor.current ??= { ...top.current, offset: 0 };
    queueMicrotask(() => {
      holdAnchor();
      scroller.current?.dispatchEvent(new Event("scroll"));
    });
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, isShift]);

  function holdAnchor(): void {
    const [handle, element, held] = [list.current, scroller.current, anchor.current];
    const at = latest.current.rows.findIndex(({ key }) => key === held?.key);
    if (handle === null || element === null || held === null || at === -1) return;
    element.scrollTop = handle.getItemOffset(at) - held.topPx;
    held.offset = element.scrollTop;
  }

  function noteTop(): void {
    const handle = list.current;
    if (handle === null) return;
    const at = handle.findItemIndex(handle.scrollOffset);
    top.current = { key: rows[at]?.key ?? "", topPx: handle.getItemOffset(at) - handle.scrollOffset };
  }

  const latest = useRef({ rows, leave });
  latest.current = { rows, leave };

  const lastKey = rows.at(-1)?.key ?? null;
  useLayoutEffect(() => {
    if (rows.length === 0) return;
    if (!placed.current) {
      placed.current = true;
      // What is new comes first; without it one is where one was.
      const at = rows.findIndex(({ key, id }) =>
        newSince === null ? id === messages.place?.message : key === newSince,
      );
      const offset = newSince === null ? -(messages.place?.offset ?? 0) : -80;
      if (at >= 0 && at < rows.length - 1) {
        atEnd.current = false;
        list.current?.scrollToIndex(at, { align: "start", offset });
        // What follows may fit below it: then this is the end, and no scrolling tells so.
        requestAnimationFrame(onScroll);
      } else {
        scrollToEnd();
        messages.setAtEnd(!hasNewer);
      }
    } else if (wantsEnd.current && !hasNewer) {
      wantsEnd.current = false;
      atEnd.current = true;
      gapPx.current = 0;
      scrollToEnd();
    } else if (atEnd.current) {
      // Followed once the new row is measured, before it is painted: here it would cost a layout of its own.
      gapPx.current = 0;
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lastKey, rows.length, newSince, hasNewer]);

  const shownGeneration = useRef(generation);
  useLayoutEffect(() => {
    if (shownGeneration.current !== generation && atEnd.current) scrollToEnd();
    shownGeneration.current = generation;
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [generation]);

  function loadNear(toEndPx: number, offset: number): void {
    // A list that follows and has not come to the end yet is on its way there.
    const isOnItsWay = atEnd.current && toEndPx >= END_PX;
    if (offset < PAGE_PX && hasOlder && !isOnItsWay) void messages.loadOlder();
    if (toEndPx < PAGE_PX && hasNewer) void messages.loadNewer();
  }

  function onScroll(): void {
    const element = scroller.current;
    // Between the steps of one change nothing is as anybody will see it.
    if (element === null || rows !== messages.rows) return;
    const { scrollTop: offset, scrollHeight: size, clientHeight: room } = element;
    const toEndPx = size - room - offset;
    const { touchedMs, isDown } = hand.current;
    // Rows that come, go or turn out higher move the end away. When nothing of that happened somebody scrolled,
    // by whatever means: the bar, a search in the page, a screen reader.
    const { current: before } = seen;
    const isStill = size === before.size && room === before.room && rows === before.rows;
    const isPersons = isDown || isStill || performance.now() - touchedMs < TOUCH_MS;
    const isUp = offset < before.offset - 1;
    seen.current = { offset, size, room, rows };
    noteTop();
    // Somebody scrolled on meanwhile: what is at the top now is kept from here on.
    if (anchor.current !== null && Math.abs(anchor.current.offset - offset) > 1)
      anchor.current = { ...top.current, offset };
    if (isPersons) gapPx.current = toEndPx;
    if (toEndPx < END_PX) stand(!hasNewer);
    else if ((isPersons && isUp) || hasNewer) stand(false);
    else stand(atEnd.current);
    loadNear(toEndPx, offset);
    clearTimeout(placeTimer.current);
    placeTimer.current = setTimeout(rest, PLACE_AFTER_MS);
  }

  function onResize(): void {
    const element = scroller.current;
    if (element === null || !placed.current) return;
    if (!atEnd.current) return anchor.current === null ? noteTop() : holdAnchor();
    element.scrollTop = element.scrollHeight - element.clientHeight - Math.min(gapPx.current, END_PX);
  }

  function rest(): void {
    keepPlace();
    anchor.current = null;
    const handle = list.current;
    if (handle === null) return;
    const below = handle.findItemIndex(handle.scrollOffset + handle.viewportSize);
    onRest(atEnd.current ? null : (rows[Math.max(0, below - 1)]?.key ?? null));
  }

  function keepPlace(isLeaving = false): void {
    placeTimer.current = undefined;
    const handle = list.current;
    if (handle === null) return;
    const at = atEnd.current ? rows.length - 1 : handle.findItemIndex(handle.scrollOffset);
    const row = rows[at];
    if (!row?.id) return;
    const offset = Math.round(handle.getItemOffset(at) - handle.scrollOffset);
    messages.savePlace({ message: row.id, offset }, { isLeaving });
  }

  /** The page or the thread is being left before the list has rested. */
  function leave(): void {
    if (placeTimer.current === undefined) return;
    clearTimeout(placeTimer.current);
    keepPlace(true);
  }

  useLayoutEffect(() => {
    const release = (): void => {
      if (hand.current.isDown) hand.current = { isDown: false, touchedMs: performance.now() };
    };
    const keep = (): void => latest.current.leave();
    const first = { capture: true };
    addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep);
    addEventListener("pointerup", release, first);
    addEventListener("pointercancel", release, first);
    return () => {
      keep();
      removeEventListener("pagehide", keep);
      document.removeEventListener("visibilitychange", keep);
      removeEventListener("pointerup", release, first);
      removeEventListener("pointercancel", release, first);
    };
  }, []);

  useEffect(() => {
    const read = (): void => {
      if (isAtEnd && document.visibilityState === "visible") messages.markRead();
    };
    read();
    // What came while the tab was hidden is read when it is looked at again.
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isAtEnd, lastKey]);

  return {
    isAtEnd,
    onScroll,
    onResize,
    touch() {
      hand.current.touchedMs = performance.now();
      // At the very top a wheel moves nothing, and no scroll tells of it.
      if (seen.current.offset === 0 && scroller.current?.scrollTop === 0) loadNear(Infinity, 0);
    },
    hold() {
      hand.current.isDown = true;
    },
    goToEnd() {
      // What the list does on the way is no leaving of it.
      hand.current.touchedMs = -Infinity;
      anchor.current = null;
      onRest(null);
      wantsEnd.current = hasNewer;
      if (hasNewer) void messages.showLatest();
      else {
        stand(true);
        gapPx.current = 0;
        scrollToEnd();
      }
    },
    followSent() {
      wantsEnd.current = hasNewer;
      atEnd.current = true;
    },
  };
}
