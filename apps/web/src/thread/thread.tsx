/** A channel: its messages, the place where one was, and where one writes. */
import { useKith, useMessages } from "@kith/react";
import type { Conversation, Row } from "@kith/react";
import { ArrowDown, ArrowLeft, Hash, UserPlus, Users } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import { VList } from "virtua";
import type { VListHandle } from "virtua";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { AppLink } from "../parts/link.tsx";
import { EmptyState, ErrorNote } from "../parts/status.tsx";
import { go } from "../routes.ts";
import { useNowMs } from "../parts/use-now.ts";
import { Composer } from "./composer.tsx";
import { frameRow } from "./grouping.ts";
import { MessageRow } from "./message-row.tsx";
import type { RowActions } from "./message-row.tsx";
import { useShownRows } from "./use-shown-rows.ts";
import { useSpaceOf } from "./use-space.ts";

/** Closer to the end than this one is at the end: a row may be higher than it was guessed. */
const END_PX = 40;
/** Closer to either end than this the next page is asked for. */
const PAGE_PX = 600;
/** A scroll this long after a wheel, a finger or a key is a person's; others are the list's own. */
const TOUCH_MS = 1_000;
/** The place is kept once the list has rested for so long. */
const PLACE_AFTER_MS = 400;

export function Thread({ conversation }: { conversation: Conversation }): ReactNode {
  const { space, channel, name } = conversation;
  const store = useKith();
  const announce = useAnnounce();
  const messages = useMessages(useMemo(() => ({ space, channel }), [space, channel]));
  const { hasOlder, hasNewer, newSince } = messages;
  const { rows, isShift, generation } = useShownRows(messages.rows);
  const list = useRef<VListHandle>(null);
  const region = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const atEnd = useRef(true);
  const lastScroll = useRef({ offset: 0, touchedMs: -Infinity });
  /** The newest page is being read, to stand at its end. */
  const wantsEnd = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);
  const [active, setActive] = useState<string | null>(null);
  const [isInviting, setInviting] = useState(false);
  const placed = useRef(false);
  const placeTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const spaceInfo = useSpaceOf(space);

  const scrollToEnd = useCallback(() => {
    list.current?.scrollToIndex(Number.MAX_SAFE_INTEGER, { align: "end" });
  }, []);

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
        requestAnimationFrame(() => onScroll(list.current?.scrollOffset ?? 0));
      } else scrollToEnd();
    } else if (atEnd.current || (wantsEnd.current && !hasNewer)) {
      wantsEnd.current = false;
      atEnd.current = true;
      scrollToEnd();
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lastKey, rows.length, newSince, hasNewer, scrollToEnd]);

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

  useFailures(rows, announce);
  const { refused } = messages;
  useEffect(() => {
    if (refused !== null) announce(`The reaction was not saved. ${refused.message}`);
  }, [refused, announce]);
  useEffect(() => {
    if (matchMedia("(min-width: 768px)").matches) field.current?.focus();
  }, []);

  function touch(): void {
    lastScroll.current.touchedMs = performance.now();
  }

  function onScroll(offset: number): void {
    const handle = list.current;
    if (handle === null) return;
    const toEnd = handle.scrollSize - handle.viewportSize - offset;
    // Rows that come, go or turn out higher move the end away; only a person who scrolls up leaves it.
    const { offset: before, touchedMs } = lastScroll.current;
    const isUp = offset < before - 1 && performance.now() - touchedMs < TOUCH_MS;
    lastScroll.current.offset = offset;
    if (toEnd < END_PX) atEnd.current = !hasNewer;
    else if (isUp || hasNewer) atEnd.current = false;
    setAtEnd(atEnd.current);
    messages.setAtEnd(atEnd.current);
    if (offset < PAGE_PX && hasOlder) void messages.loadOlder();
    if (toEnd < PAGE_PX && hasNewer) void messages.loadNewer();
    clearTimeout(placeTimer.current);
    placeTimer.current = setTimeout(keepPlace, PLACE_AFTER_MS);
  }

  function keepPlace(): void {
    const handle = list.current;
    if (handle === null) return;
    const at = atEnd.current ? rows.length - 1 : handle.findItemIndex(handle.scrollOffset);
    const row = rows[at];
    if (!row?.id) return;
    const offset = Math.round(handle.getItemOffset(at) - handle.scrollOffset);
    messages.savePlace({ message: row.id, offset });
  }

  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const { react, unreact, retry, discard } = messages;
  const actions = useStable<RowActions>({
    react,
    unreact,
    retry,
    discard,
    reply: (row) => {
      store.draft(channel).get().setReplyTo(row.id);
      field.current?.focus();
    },
  });
  const lastMine = rows.findLast(({ mine }) => mine)?.key ?? null;
  const activeKey = active !== null && rows.some(({ key }) => key === active) ? active : lastKey;

  function focusRow(at: number): void {
    const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
    if (row === undefined) return;
    setActive(row.key);
    list.current?.scrollToIndex(rows.indexOf(row), { align: "nearest" });
    requestAnimationFrame(() =>
      region.current?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(row.key)}"]`)?.focus(),
    );
  }

  /** One stop of the Tab key for the whole list; arrows move in it, Enter goes into a message, Escape out. */
  function onKeyDown(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const article = target.closest("article");
    if (article === null) return;
    const at = rows.findIndex(({ key }) => key === article.dataset["key"]);
    const moves: Readonly<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: rows.length - 1,
      PageUp: at - 10,
      PageDown: at + 10,
    };
    const to = moves[event.key];
    if (target === article && to !== undefined) focusRow(to);
    else if (target === article && event.key === "Enter")
      article.querySelector<HTMLElement>("[data-control]")?.focus();
    else if (target !== article && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const controls = [...article.querySelectorAll<HTMLElement>("[data-control]")];
      const next = controls.indexOf(target) + (event.key === "ArrowRight" ? 1 : -1);
      controls[(next + controls.length) % controls.length]?.focus();
    } else if (event.key === "Escape") (target === article ? field.current : article)?.focus();
    else return;
    event.preventDefault();
  }

  const nowMs = useNowMs();
  return (
    <>
      <header className="border-line flex h-[52px] shrink-0 items-center gap-2 border-b px-5 max-md:px-2">
        <IconButton label="Back to the list" className="md:hidden" onClick={() => go({ at: "home" })}>
          <ArrowLeft size={18} aria-hidden="true" />
        </IconButton>
        <Hash size={17} className="text-muted shrink-0" aria-hidden="true" />
        <h1 className="truncate text-[15.5px] font-semibold">
          <bdi>{name}</bdi>
        </h1>
        <AppLink
          to={{ at: "people", space }}
          className="text-muted hover:text-text tabular flex items-center gap-1 text-[13px]"
          aria-label={`${conversation.members} members of ${conversation.spaceName}`}
        >
          <Users size={14} aria-hidden="true" /> {conversation.members}
        </AppLink>
        <span className="flex-1" />
        <IconButton label={`Invite to ${conversation.spaceName}`} onClick={() => setInviting(true)}>
          <UserPlus size={17} aria-hidden="true" />
        </IconButton>
      </header>
      {messages.error && (
        <div className="p-3">
          <ErrorNote failure={messages.error} />
        </div>
      )}
      <div
        ref={region}
        role="region"
        aria-label={`Messages in ${name}`}
        aria-busy={messages.isLoading}
        className="relative min-h-0 flex-1"
        onKeyDown={(event) => {
          touch();
          onKeyDown(event);
        }}
        onWheel={touch}
        onTouchMove={touch}
        onPointerDown={touch}
        onFocus={(event) => {
          const key = (event.target as HTMLElement).closest("article")?.dataset["key"];
          if (key !== undefined) setActive(key);
        }}
      >
        {rows.length === 0 && !messages.isLoading && messages.error === null ? (
          <Beginning conversation={conversation} onInvite={() => setInviting(true)} />
        ) : (
          <VList
            key={generation}
            ref={list}
            shift={isShift}
            bufferSize={600}
            itemSize={56}
            onScroll={onScroll}
            className="h-full pb-2"
          >
            {rows.map((row, index) => (
              <MessageRow
                key={row.key}
                row={row}
                {...frameRow(row, rows[index - 1], { newSince, nowMs })}
                answered={row.replyTo === null ? null : (byId.get(row.replyTo) ?? null)}
                isActive={row.key === activeKey}
                isLast={row.key === lastMine}
                actions={actions}
              />
            ))}
          </VList>
        )}
        {(!isAtEnd || hasNewer) && rows.length > 0 && (
          <div className="pointer-events-none absolute inset-x-0 bottom-2 grid justify-items-center">
            <Button
              size="small"
              className="pointer-events-auto"
              onClick={() => {
                // This press asks for the end: what the list does on the way is no leaving of it.
                lastScroll.current.touchedMs = -Infinity;
                wantsEnd.current = hasNewer;
                if (hasNewer) void messages.showLatest();
                else {
                  atEnd.current = true;
                  scrollToEnd();
                }
              }}
            >
              <ArrowDown size={14} aria-hidden="true" /> Latest
            </Button>
          </div>
        )}
      </div>
      <Composer
        channel={channel}
        name={name}
        mayWrite={conversation.role !== "reader"}
        rowOf={byId}
        field={field}
        onSend={(text) => {
          wantsEnd.current = hasNewer;
          atEnd.current = true;
          // As it is now: what was drawn may be a frame old.
          messages.send(text, { replyTo: store.draft(channel).get().replyTo });
        }}
      />
      {isInviting && spaceInfo && <InviteDialog space={spaceInfo} open onOpenChange={setInviting} />}
    </>
  );
}

function Beginning({
  conversation,
  onInvite,
}: {
  conversation: Conversation;
  onInvite: () => void;
}): ReactNode {
  const isAlone = conversation.members <= 1;
  return (
    <EmptyState
      title={`This is the beginning of ${conversation.name}`}
      action={
        isAlone && (
          <Button look="primary" onClick={onInvite}>
            Invite somebody
          </Button>
        )
      }
    >
      {isAlone
        ? "Nobody else is here yet. What you write is saved on this device, and reaches others when they join."
        : "Write the first message."}
    </EmptyState>
  );
}

/** Told once, when it happens. */
function useFailures(rows: readonly Row[], announce: (words: string) => void): void {
  const told = useRef(new Set<string>());
  useEffect(() => {
    for (const { key, state, failure } of rows) {
      if (state !== "failed") told.current.delete(key);
      else if (!told.current.has(key)) {
        told.current.add(key);
        announce(`Message not sent. ${failure?.message ?? ""}`);
      }
    }
  }, [rows, announce]);
}

/** The same object for good, calling what was given last: rows need not be drawn again for a new function. */
function useStable<Actions extends { [Name in keyof Actions]: (...args: never[]) => unknown }>(
  actions: Actions,
): Actions {
  const latest = useRef(actions);
  latest.current = actions;
  return useMemo(
    () =>
      Object.fromEntries(
        Object.keys(actions).map((name) => [
          name,
          (...args: never[]) => latest.current[name as keyof Actions](...args),
        ]),
      ) as Actions,
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
}
