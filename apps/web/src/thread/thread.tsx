/** A channel: its messages, the place where one was, and where one writes. */
import { useJoin, useKith, useMembers, useMessages, useP2PConnection } from "@kith/react";
import type { Conversation, JoinProgress, Row } from "@kith/react";
import { ArrowDown, ArrowLeft, UserPlus, Users, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { MouseEvent, ReactNode } from "react";
import { Virtualizer } from "virtua";
import type { VirtualizerHandle } from "virtua";
import { DEVICE_REMOVED, useIsDeviceRemoved } from "../devices/removed.ts";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { ChannelDialog } from "../people/channel-dialog.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { sentencesOf } from "../parts/failure.ts";
import { ChannelMark } from "../parts/channel-mark.tsx";
import { countOf } from "../parts/count-words.ts";
import { AppLink } from "../parts/link.tsx";
import { EmptyState, ErrorNote, Shape } from "../parts/status.tsx";
import { go } from "../routes.ts";
import { useNowMs } from "../parts/use-now.ts";
import { PersonDialog, PersonName } from "../people/person-dialog.tsx";
import type { Somebody } from "../people/person-dialog.tsx";
import { BlockDialog, BlockedNote, ConversationMenu } from "../talk/conversation-menu.tsx";
import {
  ChangedIdentities,
  IdentityNotice,
  LetBeNote,
  useIdentities,
  VerifyButton,
} from "../talk/identity.tsx";
import { Avatar } from "../parts/person.tsx";
import { Composer } from "./composer.tsx";
import { ExpirySign } from "./expiry.tsx";
import { gapWords } from "./gap-words.ts";
import { frameRow } from "./grouping.ts";
import { MessageRow } from "./message-row.tsx";
import type { RowActions } from "./message-row.tsx";
import { Pins } from "./pins.tsx";
import { ReportDialog } from "./report-dialog.tsx";
import { RefusedChangeNote } from "./refused-change-note.tsx";
import { useListScroll } from "./use-list-scroll.ts";
import { useRowFocus } from "./use-row-focus.ts";
import { useMessageActs } from "./use-message-acts.ts";
import { useShownRows } from "./use-shown-rows.ts";
import { closedWords, waitingWords } from "./waiting-words.ts";
import { useSpaceOf } from "./use-space.ts";

export function Thread({ conversation }: { conversation: Conversation }): ReactNode {
  const { space, channel, direct } = conversation;
  const name = direct?.name ?? conversation.name;
  const store = useKith();
  const announce = useAnnounce();
  const messages = useMessages(useMemo(() => ({ space, channel }), [space, channel]));
  const { hasNewer, newSince } = messages;
  const shown = useShownRows(messages.rows);
  const { rows, isShift, generation } = shown;
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const region = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [isInviting, setInviting] = useState(false);
  const [reporting, setReporting] = useState<Row | null>(null);
  const [isShowingPeople, setShowingPeople] = useState(false);
  const [about, setAbout] = useState<Somebody | null>(null);
  const [blocking, setBlocking] = useState<Somebody | null>(null);
  /** The row whose actions a finger has asked for. */
  const [opened, setOpened] = useState<string | null>(null);
  const spaceInfo = useSpaceOf(space);
  const { joins } = useJoin();
  const isDeviceRemoved = useIsDeviceRemoved({ id: conversation.space, state: conversation.state });
  const silence = isDeviceRemoved ? DEVICE_REMOVED : silenceOf(conversation, joins);
  const { isKnown, changed, isBlocking, other, letBe, lookAgain } = useIdentities(conversation);
  const waiting = waitingWords(spaceInfo?.waiting ?? [], { channel, isPrivate: conversation.private });
  const closed = closedWords(spaceInfo?.closed ?? 0, { isPrivate: conversation.private });
  const mayWrite = silence === null && direct?.blocked !== true && isKnown && !isBlocking;

  const [active, setActive] = useState<string | null>(null);
  const scroll = useListScroll(list, scroller, messages, shown, (key) => {
    // Unless a message has the focus, Tab leads to where one reads.
    if (!region.current?.querySelector("article:focus-within")) setActive(key);
  });
  const { goToEnd } = scroll;
  const focus = useRowFocus({ rows, hasNewer, region, list, field, active, setActive, goToEnd });

  useFailures(rows, announce);
  const { refused } = messages;
  // What was refused on an earlier visit was told then.
  const [told, setTold] = useState(refused);
  const note = refused === told ? null : refused;
  useEffect(() => {
    if (note !== null) announce(`The reaction was not saved. ${note.message}`);
  }, [note, announce]);
  useEffect(() => {
    if (matchMedia("(min-width: 768px)").matches) field.current?.focus();
  }, []);

  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const acts = useMessageActs({
    messages,
    rows,
    region,
    field,
    show: (key) =>
      list.current?.scrollToIndex(
        rows.findIndex((row) => row.key === key),
        { align: "nearest" },
      ),
  });
  const { react, unreact, retry, discard } = messages;
  const { edit, save, cancel, remove, undo, pin, setMenu } = acts;
  const actions = useStable<RowActions>({
    react,
    unreact,
    retry,
    discard,
    edit,
    save,
    cancel,
    remove,
    undo,
    pin,
    report: setReporting,
    about: (row) => setAbout(authorOf(row)),
    block: (row) => setBlocking(authorOf(row)),
    unblock: acts.unblock,
    setMenu(key) {
      setMenu(key);
      setOpened(null);
    },
    reply: (row) => {
      store.draft(channel).get().setReplyTo(row.id);
      setOpened(null);
      field.current?.focus();
    },
  });
  const lastMine = rows.findLast(({ mine }) => mine)?.key ?? null;

  /** Who has no mouse that hovers taps a message to see what can be done with it. */
  function onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    if ((event.nativeEvent as PointerEvent).pointerType === "mouse" || target.closest("a, button, textarea"))
      return;
    const key = target.closest("article")?.dataset["key"] ?? null;
    setOpened((before) => (before === key ? null : key));
  }

  const { members } = useMembers(conversation.space);
  const pictures = useMemo(() => new Map(members.map(({ person, avatar }) => [person, avatar])), [members]);
  const nowMs = useNowMs();
  const gapAt = rows.find(({ early }) => early)?.key ?? null;
  const gap = gapWords(useP2PConnection().networkStatus?.receiving ?? null);
  return (
    <>
      <header className="border-line flex h-[52px] shrink-0 items-center gap-2 border-b px-5 max-md:px-2">
        <IconButton label="Back to the list" className="md:hidden" onClick={() => go({ at: "home" })}>
          <ArrowLeft size={18} aria-hidden="true" />
        </IconButton>
        {direct ? (
          <Avatar id={direct.person} name={name} picture={direct.avatar} size={26} />
        ) : (
          <ChannelMark isPrivate={conversation.private} size={17} />
        )}
        <h1 className="flex min-w-0 text-[15.5px] font-semibold">
          {direct ? (
            <PersonName name={name} onOpen={() => setAbout({ person: direct.person, name })} />
          ) : (
            <bdi className="truncate">{name}</bdi>
          )}
        </h1>
        {direct ? null : conversation.private ? (
          <button
            type="button"
            className="text-muted hover:text-text tabular flex min-h-6 items-center gap-1 text-[13px]"
            aria-label={`${countOf(conversation.members, "person", "people")} in ${name}: add or remove`}
            onClick={() => setShowingPeople(true)}
          >
            <Users size={14} aria-hidden="true" /> {conversation.members}
          </button>
        ) : (
          <AppLink
            to={{ at: "people", space }}
            className="text-muted hover:text-text tabular flex items-center gap-1 text-[13px]"
            aria-label={`${countOf(conversation.members, "member")} of ${conversation.spaceName}`}
          >
            <Users size={14} aria-hidden="true" /> {conversation.members}
          </AppLink>
        )}
        <span className="flex-1" />
        <ExpirySign conversation={conversation} />
        <Pins conversation={conversation} />
        <VerifyButton direct={direct} />
        <ConversationMenu conversation={conversation} />
        {conversation.role !== null && !conversation.private && !direct && (
          <IconButton label={`Invite to ${conversation.spaceName}`} onClick={() => setInviting(true)}>
            <UserPlus size={17} aria-hidden="true" />
          </IconButton>
        )}
      </header>
      {direct?.asked && conversation.state === "ready" && (
        <p className="border-line bg-rail text-muted border-b px-5 py-2 text-[12.5px] max-md:px-3">
          <bdi className="font-medium">{name}</bdi> is asked as soon as a device of theirs is met, and sees
          your name and how you begin. They read the rest once they accept.
        </p>
      )}
      <IdentityNotice direct={direct} identity={other} />
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
        tabIndex={-1}
        className="relative min-h-0 flex-1"
        onKeyDown={(event) => {
          scroll.touch();
          focus.onKeyDown(event);
        }}
        onWheel={scroll.touch}
        onTouchMove={scroll.touch}
        {...acts.press}
        onPointerDown={(event) => {
          scroll.hold();
          acts.press.onPointerDown(event);
        }}
        onClick={onClick}
        onFocus={focus.onFocus}
        onBlur={focus.onBlur}
      >
        {rows.length === 0 && !messages.isLoading && messages.error === null ? (
          <Beginning
            conversation={conversation}
            onInvite={() => (conversation.private ? setShowingPeople(true) : setInviting(true))}
          />
        ) : (
          <div key={generation} ref={scroller} className="h-full overflow-y-auto pb-2 contain-strict">
            <Virtualizer
              ref={list}
              shift={isShift}
              bufferSize={600}
              itemSize={56}
              keepMounted={
                acts.editing === null
                  ? focus.kept
                  : [...focus.kept, ...rows.flatMap(({ key }, at) => (key === acts.editing ? at : []))]
              }
              onScroll={scroll.onScroll}
              onResize={scroll.onResize}
            >
              {rows.map((row, index) => (
                <MessageRow
                  key={row.key}
                  row={row}
                  picture={pictures.get(row.author) ?? null}
                  {...frameRow(row, rows[index - 1], { newSince, nowMs })}
                  answered={row.replyTo === null ? null : (byId.get(row.replyTo) ?? null)}
                  isActive={row.key === focus.activeKey}
                  isOpen={row.key === opened}
                  isLast={row.key === lastMine}
                  mayWrite={mayWrite}
                  mayDelete={conversation.role === "owner" || conversation.role === "admin"}
                  mayReport={conversation.role !== null && conversation.state === "ready" && !direct}
                  isEditing={row.key === acts.editing}
                  isMenuOpen={row.key === acts.menu}
                  gap={row.key === gapAt ? gap : null}
                  actions={actions}
                />
              ))}
            </Virtualizer>
          </div>
        )}
        {(!scroll.isAtEnd || hasNewer) && rows.length > 0 && (
          <div className="pointer-events-none absolute inset-x-0 bottom-2 grid justify-items-center">
            <Button size="small" className="pointer-events-auto" onClick={goToEnd}>
              <ArrowDown size={14} aria-hidden="true" /> Latest
            </Button>
          </div>
        )}
      </div>
      {waiting && (
        <p role="status" className="text-muted flex items-center gap-2 px-5 py-1 text-[12.5px] max-md:px-3">
          <Shape level="warn" />
          <span>{waiting}</span>
        </p>
      )}
      {closed && (
        <p role="status" className="text-muted px-5 py-1 text-[12.5px] max-md:px-3">
          {closed}
        </p>
      )}
      {note && (
        <p className="text-bad flex items-center gap-2 px-5 py-1 text-[12.5px] max-md:px-3">
          <Shape level="bad" />
          <span>The reaction was not saved. {sentencesOf(note)}</span>
          <button
            type="button"
            aria-label="Close this note"
            className="grid size-6 shrink-0 place-content-center"
            onClick={() => setTold(note)}
          >
            <X size={14} aria-hidden="true" />
          </button>
        </p>
      )}
      <RefusedChangeNote messages={messages} />
      {changed.length > 0 && !isBlocking && silence === null && (
        <LetBeNote changed={changed} onLook={lookAgain} />
      )}
      {direct?.blocked ? (
        <BlockedNote {...direct} />
      ) : isBlocking && silence === null ? (
        <ChangedIdentities channel={channel} changed={changed} letBe={letBe} />
      ) : (
        <Composer
          channel={channel}
          name={name}
          silence={silence}
          rowOf={byId}
          field={field}
          onSend={(text) => {
            scroll.followSent();
            // As it is now: what was drawn may be a frame old.
            messages.send(text, { replyTo: store.draft(channel).get().replyTo });
          }}
          onEditLast={acts.editLast}
        />
      )}
      {isShowingPeople && spaceInfo && (
        <ChannelDialog
          space={spaceInfo}
          conversation={conversation}
          onClose={() => setShowingPeople(false)}
        />
      )}
      {about && <PersonDialog {...about} onClose={() => setAbout(null)} />}
      {blocking && <BlockDialog {...blocking} onClose={() => setBlocking(null)} />}
      {reporting?.id && (
        <ReportDialog message={reporting.id} name={reporting.authorName} onClose={() => setReporting(null)} />
      )}
      {isInviting && spaceInfo && <InviteDialog space={spaceInfo} open onOpenChange={setInviting} />}
    </>
  );
}

const authorOf = ({ author, authorName }: Row): Somebody => ({ person: author, name: authorName });

function silenceOf(
  { role, state, space }: Conversation,
  joins: readonly Pick<JoinProgress, "space" | "step" | "detail">[],
): string | null {
  const join = joins.findLast((one) => one.space === space && one.step !== "done");
  // It had come in, as far as the devices knew that it met.
  if (role === null && join)
    return join.step === "failed" ? `${join.detail} A new invitation lets you in.` : join.detail;
  if (state === "removed")
    return "You are not a member of this space any more. What is here stays readable; a new invitation brings you back.";
  return role === "reader" ? "You can read here, and not write: your role is reader." : null;
}

function Beginning({
  conversation,
  onInvite,
}: {
  conversation: Conversation;
  onInvite: () => void;
}): ReactNode {
  const { direct } = conversation;
  if (direct)
    return (
      <EmptyState title={`This is the beginning with ${direct.name}`}>
        {direct.accepted
          ? "Write the first message."
          : "How your first message begins is what they see when they are asked."}
      </EmptyState>
    );
  const isAlone = conversation.members <= 1;
  return (
    <EmptyState
      title={`This is the beginning of ${conversation.name}`}
      action={
        isAlone && (
          <Button look="primary" onClick={onInvite}>
            {conversation.private ? "Add somebody" : "Invite somebody"}
          </Button>
        )
      }
    >
      {isAlone
        ? `Nobody else is here yet. What you write is saved on this device, and reaches others when they ${conversation.private ? "are added" : "join"}.`
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
