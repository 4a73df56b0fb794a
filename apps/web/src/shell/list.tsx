/** Conversations by space: what is new, what is half written, and how to begin something. */
import { useConversations, useJoin, useP2PConnection, useRequests, useSpaces } from "@kith/react";
import type { Conversation, Space } from "@kith/react";
import { BellOff, Inbox, Plus, UserPlus } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { mayCreateChannel, mayInvite } from "../parts/rights.ts";
import { ChannelMark } from "../parts/channel-mark.tsx";
import { Avatar } from "../parts/person.tsx";
import { MuteSpaceButton } from "../talk/mute-button.tsx";
import { useDeciding } from "../talk/use-deciding.ts";
import { AppLink } from "../parts/link.tsx";
import { EmptyState, ErrorNote } from "../parts/status.tsx";
import { isUnderWay } from "../join/steps.ts";
import { RecoveryNudge } from "../recovery/nudge.tsx";
import { NetworkChip } from "./chip.tsx";
import { CreateDialog } from "./create-dialog.tsx";

export function ConversationList({
  current,
  banner,
}: {
  current: string | null;
  banner: ReactNode;
}): ReactNode {
  const { spaces, isLoading, error } = useSpaces();
  const { conversations } = useConversations();
  const { joins } = useJoin();
  const [creating, setCreating] = useState<{ space: Space | null } | null>(null);
  const [inviting, setInviting] = useState<Space | null>(null);
  const asking = useRequests().requests.length + useDeciding().length;
  const waiting = joins.filter(isUnderWay);
  const directs = conversations.filter(({ spaceKind }) => spaceKind === "direct");
  const rooms = spaces.filter(({ kind }) => kind !== "direct");
  return (
    <>
      <header className="flex h-[52px] shrink-0 items-center justify-between ps-4 pe-2">
        <h1 className="text-[15px] font-semibold">Conversations</h1>
        <IconButton label="New space" onClick={() => setCreating({ space: null })}>
          <Plus size={18} aria-hidden="true" />
        </IconButton>
      </header>
      {banner}
      <RecoveryNudge />
      <nav aria-label="Spaces and channels" className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {error && <ErrorNote failure={error} />}
        {!isLoading && spaces.length === 0 && (
          <EmptyState
            title="No spaces yet"
            action={
              <Button look="primary" onClick={() => setCreating({ space: null })}>
                Create a space
              </Button>
            }
          >
            A space holds people and their channels.
          </EmptyState>
        )}
        {waiting.map(({ invite, detail }) => (
          <AppLink
            key={invite}
            to={{ at: "join", link: null }}
            className="border-line mb-2 block rounded-lg border p-3 text-[13px]"
          >
            <span className="font-medium">Joining…</span>
            <span className="text-muted block text-[12px]">{detail}</span>
          </AppLink>
        ))}
        {asking > 0 && (
          <AppLink
            to={{ at: "requests" }}
            className="border-line hover:bg-rail mb-2 flex items-center gap-2.5 rounded-lg border p-2.5 text-[13.5px] font-medium"
          >
            <Inbox size={17} aria-hidden="true" className="text-accent" />
            <span className="flex-1">Message requests</span>
            <span className="bg-accent text-on-accent tabular grid h-5 min-w-5 place-content-center rounded-full px-1.5 text-[11px] font-semibold">
              <span aria-hidden="true">{asking}</span>
              <span className="sr-only">, {asking} waiting</span>
            </span>
          </AppLink>
        )}
        {directs.length > 0 && (
          <section aria-labelledby="direct-messages" className="mb-3">
            <h2 id="direct-messages" className="text-muted ps-2 pb-1 text-[12.5px] font-semibold">
              Direct messages
            </h2>
            <ul>
              {directs.map((conversation) => (
                <li key={conversation.channel}>
                  <ConversationItem
                    conversation={conversation}
                    isCurrent={conversation.channel === current}
                  />
                </li>
              ))}
            </ul>
          </section>
        )}
        {rooms.map((space) => (
          <section key={space.id} aria-labelledby={`space-${space.id}`} className="mb-3">
            <div className="flex items-center justify-between ps-2">
              <h2 id={`space-${space.id}`} className="text-muted truncate text-[12.5px] font-semibold">
                <bdi>{space.name || "Joining…"}</bdi>
              </h2>
              <div className="flex">
                <MuteSpaceButton {...space} />
                {mayInvite(space) && (
                  <IconButton
                    label={`Invite to ${space.name}`}
                    className="size-8"
                    onClick={() => setInviting(space)}
                  >
                    <UserPlus size={15} aria-hidden="true" />
                  </IconButton>
                )}
                {mayCreateChannel(space) && (
                  <IconButton
                    label={`New channel in ${space.name}`}
                    className="size-8"
                    onClick={() => setCreating({ space })}
                  >
                    <Plus size={15} aria-hidden="true" />
                  </IconButton>
                )}
              </div>
            </div>
            <ul>
              {conversations
                .filter((conversation) => conversation.space === space.id)
                .map((conversation) => (
                  <li key={conversation.channel}>
                    <ConversationItem
                      conversation={conversation}
                      isCurrent={conversation.channel === current}
                    />
                  </li>
                ))}
            </ul>
          </section>
        ))}
        {spaces.length > 0 && (
          <AppLink
            to={{ at: "join", link: null }}
            className="text-muted hover:text-text ms-2 inline-block py-1 text-[12.5px] underline"
          >
            Join by an invitation
          </AppLink>
        )}
      </nav>
      <NetworkChip />
      <CreateDialog target={creating} onClose={() => setCreating(null)} />
      {inviting && <InviteDialog space={inviting} open onOpenChange={(open) => !open && setInviting(null)} />}
    </>
  );
}

function ConversationItem({
  conversation,
  isCurrent,
}: {
  conversation: Conversation;
  isCurrent: boolean;
}): ReactNode {
  const { me } = useP2PConnection();
  const { channel, last, unread, mentions, draft, direct, muted } = conversation;
  const name = direct?.name ?? conversation.name;
  const count = unread >= 500 ? "500+" : String(unread);
  const words = `, ${count} unread${mentions > 0 ? `, ${mentions} of them for you` : ""}`;
  const author = last === null ? "" : last.author === me?.person ? "You" : last.authorName;
  return (
    <AppLink
      to={{ at: "channel", channel }}
      aria-current={isCurrent ? "page" : undefined}
      className={`flex items-center gap-2.5 rounded-lg p-2 ${isCurrent ? "bg-accent-soft" : "hover:bg-rail"}`}
    >
      {direct ? (
        <Avatar id={direct.person} name={name} picture={direct.avatar} size={32} />
      ) : (
        <span className="bg-rail text-muted grid size-8 shrink-0 place-content-center rounded-lg">
          <ChannelMark isPrivate={conversation.private} size={15} />
        </span>
      )}
      <span className="grid min-w-0 flex-1">
        <bdi className={`truncate text-[13.5px] ${unread > 0 && !muted ? "font-semibold" : "font-medium"}`}>
          {name}
        </bdi>
        {draft && draft.text.trim() !== "" && !isCurrent ? (
          <span className="text-bad truncate text-[12px]">
            Draft: <bdi>{draft.text}</bdi>
          </span>
        ) : (
          <span className="text-muted truncate text-[12px]">
            {direct?.asked && "Asked, not answered yet. "}
            {last === null ? (
              "No messages yet"
            ) : (
              <bdi>
                {last.blocked
                  ? "Message of a blocked person"
                  : last.deleted
                    ? "Message deleted"
                    : `${author}: ${last.text}`}
              </bdi>
            )}
          </span>
        )}
      </span>
      {muted && <BellOff size={14} aria-label="Muted" className="text-muted shrink-0" />}
      {unread > 0 && (
        <span
          className={`tabular grid h-5 min-w-5 place-content-center rounded-full px-1.5 text-[11px] font-semibold ${muted ? "text-muted" : mentions > 0 ? "bg-accent text-on-accent" : "border-line text-text border"}`}
        >
          <span aria-hidden="true">{mentions > 0 ? `@${count}` : count}</span>
          <span className="sr-only">{words}</span>
        </span>
      )}
    </AppLink>
  );
}
