/** Who is in a space, and who is nearby. */
import { useConversations, useMembers, useP2PConnection, usePeople, useSpaces } from "@kith/react";
import type { Member, Space } from "@kith/react";
import { Ellipsis, MessageSquare, ScanEye, UserPlus } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { AppLink } from "../parts/link.tsx";
import { Avatar } from "../parts/person.tsx";
import { INVITE_REASON, mayInvite, mayManage } from "../parts/rights.ts";
import { Screen } from "../parts/screen.tsx";
import { EmptyState, ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { go } from "../routes.ts";
import { useTalkTo } from "../talk/use-talk-to.ts";
import { AskDialog, AskedNote } from "./ask-dialog.tsx";
import { LeaveDialog, MemberDialog } from "./member-dialog.tsx";
import { NearbyPanel } from "./nearby.tsx";
import { Reports } from "./reports.tsx";
import { OverturnedNote } from "./overturned-note.tsx";
import { PersonDialog, PersonName } from "./person-dialog.tsx";
import type { Somebody } from "./person-dialog.tsx";
import { roleWords } from "./role-words.ts";
import { countVerified, VerifiedMark } from "./verified-mark.tsx";
import { VerifyDialog } from "./verify-dialog.tsx";

export function PeopleScreen({ space: id }: { space: string | null }): ReactNode {
  const { spaces, isLoading } = useSpaces();
  const rooms = spaces.filter(({ kind }) => kind !== "direct");
  const space = rooms.find((one) => one.id === id) ?? rooms[0] ?? null;
  return (
    <Screen title="People">
      <NearbyPanel />
      {rooms.length > 1 && (
        <nav aria-label="Spaces" className="flex flex-wrap gap-2">
          {rooms.map((one) => (
            <AppLink
              key={one.id}
              to={{ at: "people", space: one.id }}
              aria-current={one.id === space?.id ? "page" : undefined}
              className={`rounded-lg border px-3 py-1.5 text-[13px] ${one.id === space?.id ? "border-accent bg-accent-soft" : "border-line hover:bg-rail"}`}
            >
              <bdi>{one.name}</bdi>
            </AppLink>
          ))}
        </nav>
      )}
      {space ? (
        <>
          <Reports space={space} />
          <Members space={space} />
        </>
      ) : (
        !isLoading && (
          <EmptyState
            title="No space yet"
            action={
              <AppLink to={{ at: "home" }} className="text-accent underline">
                Create one, or join
              </AppLink>
            }
          >
            People you share a space with are listed here.
          </EmptyState>
        )
      )}
    </Screen>
  );
}

function Members({ space }: { space: Space }): ReactNode {
  const { members, isLoading, error, remove, changeRole, letOverturnedBe } = useMembers(space.id);
  const { leaveSpace } = useSpaces();
  const { conversations } = useConversations();
  const { phase, peers } = useP2PConnection();
  const { blocked } = usePeople();
  const [about, setAbout] = useState<Somebody | null>(null);
  const [isInviting, setInviting] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const [managed, setManaged] = useState<Member | null>(null);
  const [verifying, setVerifying] = useState<Member | null>(null);
  const verified = countVerified(members);
  const announce = useAnnounce();
  const talkTo = useTalkTo();
  const talk = useAttempt();
  const first = conversations.find((conversation) => conversation.space === space.id);
  return (
    <section aria-labelledby="members" className="border-line rounded-xl border">
      <div className="flex items-center justify-between gap-3 p-4 pb-2">
        <h2 id="members" className="text-[14px] font-semibold">
          Members of <bdi>{space.name}</bdi>
          {verified !== null && (
            <span className="text-muted tabular ps-2 text-[12.5px] font-normal">{verified}</span>
          )}
        </h2>
        {mayInvite(space) && (
          <span className="flex flex-wrap justify-end gap-2">
            {space.kind === "group" && (
              <Button size="small" onClick={() => setAsking(true)}>
                Ask somebody
              </Button>
            )}
            <Button size="small" onClick={() => setInviting(true)}>
              <UserPlus size={14} aria-hidden="true" /> Invite
            </Button>
          </span>
        )}
      </div>
      {space.state === "removed" && (
        <p className="px-4 pb-3 text-[13px]">
          You are not a member of this space any more. What is here stays readable; a new invitation brings
          you back.
        </p>
      )}
      {!mayInvite(space) && space.state === "ready" && (
        <p className="text-muted px-4 pb-3 text-[12.5px]">{INVITE_REASON}</p>
      )}
      <AskedNote asked={space.asked} />
      <ErrorNote failure={error ?? talk.error} />
      <ul aria-busy={isLoading}>
        {members.map((member) => {
          const linked = peers.some((peer) => peer.person === member.person && peer.connected);
          const devices = countOf(member.devices.length, "device");
          return (
            <li key={member.person} className="border-line flex items-center gap-3 border-t px-4 py-2.5">
              <Avatar id={member.person} name={member.name} picture={member.avatar} size={32} />
              <span className="grid min-w-0 flex-1">
                {member.self ? (
                  <span className="truncate font-medium">
                    <bdi>{member.name}</bdi>
                    <span className="text-muted font-normal"> (you)</span>
                  </span>
                ) : (
                  <span className="flex font-medium">
                    <PersonName name={member.name} onOpen={() => setAbout(member)} />
                  </span>
                )}
                {member.status !== null && (
                  <span className="truncate text-[12.5px]">
                    <bdi>{member.status}</bdi>
                  </span>
                )}
                <span className="text-muted text-[12.5px]">
                  <span className="sm:hidden">{roleWords[member.role]}, </span>
                  {devices}
                  {!member.self &&
                    phase === "connected" &&
                    (linked ? ", reachable now" : ", not reachable now")}
                </span>
                <span className="text-[12.5px]">
                  <VerifiedMark member={member} />
                </span>
                {blocked.some(({ person }) => person === member.person) && (
                  <span className="text-[12.5px]">
                    <StatusWords level="warn">Blocked by you</StatusWords>
                  </span>
                )}
                <OverturnedNote
                  {...{ member, changeRole, letOverturnedBe }}
                  onRemove={() => setManaged(member)}
                />
                {member.suspended.map(({ device, name }) => (
                  <span key={device} className="text-[12.5px]">
                    Suspended: <bdi>{name ?? `device ${device.slice(0, 8)}`}</bdi> told two different stories.
                    Its key may be in two places.
                  </span>
                ))}
              </span>
              <span className="text-muted text-[12.5px] max-sm:hidden">{roleWords[member.role]}</span>
              {!member.self && (
                <IconButton label={`Verify ${member.name}`} onClick={() => setVerifying(member)}>
                  <ScanEye size={16} aria-hidden="true" />
                </IconButton>
              )}
              {!member.self && (
                <IconButton
                  label={`Message ${member.name}`}
                  disabled={talk.isBusy}
                  onClick={() => void talk.attempt(() => talkTo(member.person))}
                >
                  <MessageSquare size={16} aria-hidden="true" />
                </IconButton>
              )}
              {mayManage(member) && (
                <IconButton
                  label={`Role and membership of ${member.name}`}
                  onClick={() => setManaged(member)}
                >
                  <Ellipsis size={16} aria-hidden="true" />
                </IconButton>
              )}
            </li>
          );
        })}
      </ul>
      {!isLoading && members.length <= 1 && mayInvite(space) && (
        <EmptyState
          title="Nobody else is here yet"
          action={
            <Button look="primary" onClick={() => setInviting(true)}>
              Invite somebody
            </Button>
          }
        >
          A link or a picture of it is enough; the newcomer gets the whole history.
        </EmptyState>
      )}
      {first && (
        <p className="border-line flex items-center justify-between gap-3 border-t px-4 py-3 text-[13px]">
          <AppLink to={{ at: "channel", channel: first.channel }} className="text-accent underline">
            Go to <bdi>{first.name}</bdi>
          </AppLink>
          {space.role !== null && (
            <Button size="small" look="quiet" onClick={() => setLeaving(true)}>
              Leave…
            </Button>
          )}
        </p>
      )}
      {managed && (
        <MemberDialog {...{ space, member: managed, remove, changeRole }} onClose={() => setManaged(null)} />
      )}
      {about && <PersonDialog person={about.person} name={about.name} onClose={() => setAbout(null)} />}
      {verifying && <VerifyDialog {...verifying} onClose={() => setVerifying(null)} />}
      {isLeaving && (
        <LeaveDialog
          space={space}
          leave={async () => {
            await leaveSpace(space.id);
            announce(`You have left ${space.name}.`);
            go({ at: "home" });
          }}
          onClose={() => setLeaving(false)}
        />
      )}
      {isAsking && <AskDialog space={space} onClose={() => setAsking(false)} />}
      {isInviting && <InviteDialog space={space} open onOpenChange={setInviting} />}
    </section>
  );
}
