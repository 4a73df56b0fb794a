/**
 * Whether those who read a conversation are who one thinks. Who was verified and has changed is not written to before one has
 * looked; where others read too one may say that one writes nevertheless. spec/identity ID63-ID66.
 */
import { useChannelMembers, useDraft, useKith, useMembers, useMemberships } from "@kith/react";
import type { Conversation, Member } from "@kith/react";
import { ScanEye } from "lucide-react";
import { useEffect, useMemo, useReducer, useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { ErrorNote, Shape } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { doubtWords } from "../people/doubt-words.ts";
import { VerifyDialog } from "../people/verify-dialog.tsx";
import { isChanged, keyOf, letBeHere, markOf } from "./let-be.ts";
import type { Doubts } from "./let-be.ts";

interface Changed extends Pick<Member, "person" | "name"> {
  readonly doubts: Doubts;
}

interface Identities {
  /** False until the node has said who reads here: nothing is offered before that. */
  readonly isKnown: boolean;
  /** Who reads here and has changed since they were verified. */
  readonly changed: readonly Changed[];
  /** Nothing is sent before one has looked at it. */
  readonly isBlocking: boolean;
  /** Of the other in a direct conversation; null elsewhere, and while it is not known. */
  readonly other: Member["verification"] | null;
  /** Writes nevertheless, until something else happens to one of them; null where that is not offered. */
  readonly letBe: (() => void) | null;
  lookAgain(): void;
}

export function useIdentities(conversation: Conversation): Identities {
  const { space, channel, direct } = conversation;
  const store = useKith();
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const ofSpace = useMembers(space).members;
  const inside = useChannelMembers(space, conversation.private ? channel : null).members;
  const readers = conversation.private ? inside : ofSpace;
  const known = useMemberships(direct?.person ?? null);
  const other = readers.find(({ person }) => person === direct?.person) ?? known[0]?.member ?? null;
  // Who is only asked is no member yet, and sees how one begins.
  const strange = useMemo(
    () => [...new Set(other === null ? readers : [...readers, other])].filter(isChanged),
    [readers, other],
  );
  const doubts = useDoubtsOf(strange);
  const changed = strange.map(({ person, name }) => ({ person, name, doubts: doubts.get(person) ?? [] }));
  const marks = changed.map((one) => markOf(conversation, one.person, one.doubts));
  const isLetBe = direct === null && marks.every((mark) => letBeHere.has(mark));
  const change = (how: (mark: string) => void) => (): void => {
    for (const mark of marks) how(mark);
    draw();
    store.askAgain();
  };
  return {
    // Oneself reads everywhere.
    isKnown: readers.length > 0,
    changed,
    isBlocking: changed.length > 0 && !isLetBe,
    other: other?.verification ?? null,
    letBe: direct === null ? change((mark) => letBeHere.add(mark)) : null,
    lookAgain: change((mark) => letBeHere.delete(mark)),
  };
}

export function VerifyButton({ direct }: Pick<Conversation, "direct">): ReactNode {
  const [isOpen, setOpen] = useState(false);
  if (direct === null) return null;
  return (
    <>
      <IconButton label={`Verify ${direct.name}`} onClick={() => setOpen(true)}>
        <ScanEye size={17} aria-hidden="true" />
      </IconButton>
      {isOpen && <VerifyDialog {...direct} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What was answered last, so that who comes back to a conversation sees at once what it stands for. */
const lastDoubts = new Map<string, Doubts>();

/** What happened to each, asked for anew whenever the list is another. */
function useDoubtsOf(people: readonly Pick<Member, "person">[]): ReadonlyMap<string, Doubts> {
  const [known, setKnown] = useState<ReadonlyMap<string, Doubts>>(() => new Map(lastDoubts));
  useEffect(() => {
    if (people.length === 0) return;
    let isOver = false;
    const asked = people.map(async ({ person }): Promise<[string, Doubts]> => [
      person,
      (await client.verification(person)).doubts,
    ]);
    Promise.all(asked).then(
      (found) => {
        for (const [person, doubts] of found) lastDoubts.set(person, doubts);
        if (!isOver) setKnown(new Map(found));
      },
      // A node that does not answer is told of elsewhere, and nothing is known of them then.
      () => undefined,
    );
    return () => {
      isOver = true;
    };
  }, [people]);
  return known;
}

/** Of somebody who was never verified: told, and no more. */
export function IdentityNotice({
  direct,
  identity,
}: Pick<Conversation, "direct"> & { readonly identity: Member["verification"] | null }): ReactNode {
  const isAsked = direct !== null && identity === "unverified";
  const person = direct?.person ?? "";
  const doubts = useDoubtsOf(useMemo(() => (isAsked ? [{ person }] : []), [isAsked, person]));
  const last = doubts.get(person)?.at(-1);
  if (direct === null || !isAsked || last === undefined) return null;
  return (
    <p
      role="status"
      className="border-line bg-rail flex items-start gap-2 border-b px-5 py-2 text-[12.5px] max-md:px-3"
    >
      <span className="pt-1">
        <Shape level="warn" />
      </span>
      <span>{doubtWords(last, direct.name)}</span>
    </p>
  );
}

/** Characters of a draft that are enough to know it by. */
const DRAFT_SHOWN = 80;

/** In place of the field where one writes. */
export function ChangedIdentities({
  channel,
  changed,
  letBe,
}: Pick<Identities, "changed" | "letBe"> & Pick<Conversation, "channel">): ReactNode {
  const { text } = useDraft(channel);
  return (
    <div className="border-bad bg-bad-soft grid max-h-[50dvh] gap-4 overflow-y-auto border-t p-4">
      {text !== "" && (
        <p className="text-[13px]">
          What you wrote was not sent. It is kept as your draft: “
          <bdi className="font-medium">
            {text.length > DRAFT_SHOWN ? `${text.slice(0, DRAFT_SHOWN)}…` : text}
          </bdi>
          ”
        </p>
      )}
      {changed.map((one) => (
        <ChangedIdentity key={one.person} {...one} />
      ))}
      {letBe !== null && (
        <div className="border-bad flex flex-wrap items-center gap-3 border-t pt-3 text-[13px]">
          <p className="min-w-0 flex-1 basis-60">
            {changed.length === 1 ? "They read" : "All of them read"} what is written here, as everybody in it
            does.
          </p>
          <Button onClick={letBe}>Write nevertheless</Button>
        </div>
      )}
    </div>
  );
}

function ChangedIdentity({ person, name, doubts }: Changed): ReactNode {
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  const { isBusy, error, attempt } = useAttempt();
  const namesake = doubts.find(({ reason }) => reason === "another-root")?.other ?? null;
  return (
    <section aria-label={`The identity of ${name} has changed`} className="grid gap-2">
      <h2 className="flex items-center gap-2 text-[13.5px] font-semibold">
        <Shape level="bad" />
        <span>
          The identity of <bdi>{name}</bdi> has changed
        </span>
      </h2>
      {doubts.map((doubt) => (
        <p key={keyOf(doubt)} className="text-[13px]">
          {doubtWords(doubt, name)}
        </p>
      ))}
      <p className="text-[13px]">
        Nothing is sent from here until you have compared again, or said that you do not need to.
      </p>
      <ErrorNote failure={error} />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={() => setOpen(true)}>
          Compare again
        </Button>
        <Button
          disabled={isBusy}
          onClick={() =>
            void attempt(async () => {
              await client.withdrawVerification(namesake ?? person);
              announce(`${name} counts as not verified.`);
            })
          }
        >
          Withdraw the verification
        </Button>
      </div>
      {isOpen && <VerifyDialog person={person} name={name} onClose={() => setOpen(false)} />}
    </section>
  );
}

/** Above the field, once one has said that one writes nevertheless. */
export function LetBeNote({ changed, onLook }: Pick<Identities, "changed"> & { onLook(): void }): ReactNode {
  return (
    <p role="status" className="flex flex-wrap items-center gap-2 px-5 py-1 text-[12.5px] max-md:px-3">
      <Shape level="bad" />
      <span>
        The identity of <bdi>{changed.map(({ name }) => name).join(", ")}</bdi> has changed, and they read
        here.
      </span>
      <button type="button" className="text-accent min-h-6 underline" onClick={onLook}>
        Look at it
      </button>
    </p>
  );
}
