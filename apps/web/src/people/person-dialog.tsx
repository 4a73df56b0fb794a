/** Another person, wherever one meets them: what this device knows of them, and what one may do about them. */
import { useConversations, useMemberships, usePeers, usePeople } from "@kith/react";
import type { Membership } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Avatar } from "../parts/person.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { BlockDialog } from "../talk/conversation-menu.tsx";
import { useTalkTo } from "../talk/use-talk-to.ts";
import { roleWords } from "./role-words.ts";
import { VerifiedMark } from "./verified-mark.tsx";
import { VerifyDialog } from "./verify-dialog.tsx";

export interface Somebody {
  readonly person: string;
  /** As they are called where one met them. */
  readonly name: string;
}

export function PersonDialog({ person, name: met, onClose }: Somebody & { onClose(): void }): ReactNode {
  const { people, blocked, error, unblock } = usePeople();
  const memberships = useMemberships(person);
  const { nearby } = usePeers();
  const { conversations, mute } = useConversations();
  const [asking, setAsking] = useState<"verify" | "block" | null>(null);
  const announce = useAnnounce();
  const talkTo = useTalkTo();
  const doing = useAttempt();
  const listed = people.find((one) => one.person === person) ?? null;
  // Who has left is in neither, and can be written to no more.
  const isAround = listed !== null || nearby.some((peer) => peer.person === person);
  const isBlocked = blocked.some((one) => one.person === person);
  const name = listed?.name ?? met;
  const direct = conversations.find((one) => one.direct?.person === person) ?? null;
  const close = (): void => setAsking(null);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={name}>
      <div className="grid gap-4">
        <ErrorNote failure={doing.error ?? error} />
        <Summary {...{ person, name, memberships, isBlocked }} />
        <Common memberships={memberships} />
        <div className="border-line flex flex-wrap gap-2 border-t pt-4">
          {isAround && !isBlocked && (
            <Button
              look="primary"
              disabled={doing.isBusy}
              onClick={() =>
                void doing.attempt(async () => {
                  await talkTo(person);
                  onClose();
                })
              }
            >
              Message
            </Button>
          )}
          {memberships.length > 0 && <Button onClick={() => setAsking("verify")}>Verify…</Button>}
          {direct && (
            <Button
              disabled={doing.isBusy}
              onClick={() =>
                void doing.attempt(async () => {
                  await mute(direct.channel, !direct.muted);
                  announce(direct.muted ? "No longer muted." : "Muted: nothing in it is told of.");
                })
              }
            >
              {direct.muted ? "Unmute the conversation" : "Mute the conversation"}
            </Button>
          )}
          {/* Also of who has left: what they wrote is here still. */}
          <Button
            look={isBlocked ? "plain" : "danger"}
            disabled={doing.isBusy}
            onClick={() => {
              if (!isBlocked) setAsking("block");
              else
                void doing.attempt(async () => {
                  await unblock(person);
                  announce(`${name} is not blocked any more.`);
                });
            }}
          >
            {isBlocked ? "Unblock" : "Block…"}
          </Button>
        </div>
      </div>
      {asking === "verify" && <VerifyDialog person={person} name={name} onClose={close} />}
      {asking === "block" && <BlockDialog person={person} name={name} onClose={close} />}
    </Dialog>
  );
}

interface SummaryProps extends Somebody {
  readonly memberships: readonly Membership[];
  readonly isBlocked: boolean;
}

function Summary({ person, name, memberships, isBlocked }: SummaryProps): ReactNode {
  const { members: near } = usePeers();
  const known = memberships.map(({ member }) => member);
  const [first] = known;
  const status = known.find((one) => one.status !== null)?.status ?? null;
  const picture = known.find(({ avatar }) => avatar !== null)?.avatar ?? null;
  const devices = new Set(known.flatMap((one) => one.devices)).size;
  const isNear = near.some((peer) => peer.person === person && peer.connected);
  return (
    <div className="flex items-start gap-4">
      <Avatar id={person} name={name} picture={picture} size={64} />
      <div className="grid min-w-0 flex-1 justify-items-start gap-1 text-[13px]">
        {status !== null && (
          <p className="max-w-full text-[14px] break-words">
            <bdi>{status}</bdi>
          </p>
        )}
        {first === undefined ? (
          <p className="text-muted">You share no space: a name alone proves nothing.</p>
        ) : (
          <>
            <p className="text-muted tabular">
              {countOf(devices, "device")}
              {isNear ? ", reachable now" : ", not reachable now"}
            </p>
            <VerifiedMark member={first} />
          </>
        )}
        {isBlocked && <StatusWords level="warn">Blocked by you, on this device</StatusWords>}
      </div>
    </div>
  );
}

/** A conversation of two is no space that they have in common. */
function Common({ memberships }: { readonly memberships: readonly Membership[] }): ReactNode {
  const rooms = memberships.filter(({ space }) => space.kind !== "direct");
  if (rooms.length === 0) return null;
  return (
    <section aria-labelledby="in-common" className="grid gap-1">
      <h3 id="in-common" className="text-[13px] font-semibold">
        Spaces in common
      </h3>
      <ul className="text-[13.5px]">
        {rooms.map(({ space, member }) => (
          <li key={space.id} className="flex min-h-7 items-center gap-3">
            <bdi className="min-w-0 flex-1 truncate">{space.name}</bdi>
            <span className="text-muted text-[12.5px]">{roleWords[member.role]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A name that leads to its person. */
export function PersonName({ name, onOpen }: { readonly name: string; onOpen(): void }): ReactNode {
  return (
    <button
      type="button"
      title={`About ${name}`}
      className="-my-0.5 min-h-6 max-w-full truncate text-start hover:underline"
      onClick={onOpen}
    >
      <bdi>{name}</bdi>
    </button>
  );
}
