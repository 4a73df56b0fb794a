/** What an accepted event means to someone who watches the change log. */
import { channelOfScope, readJoinRequest } from "@kith/core";
import type {
  Body,
  EventId,
  Header,
  LogDraft,
  LogType,
  MembershipState,
  PersonId,
  SpaceId,
} from "@kith/core";
import type { Gathering } from "./ledger-types.ts";
import type { Replica } from "./replica.ts";

export function describeChange(change: {
  readonly id: EventId;
  readonly header: Header;
  readonly body: Body;
  readonly replica: Replica;
  readonly nowMs: number;
}): LogDraft[] {
  const { id, header, body, replica, nowMs } = change;
  const state = replica.membership.state();
  const author = state.devices.get(header.device)?.person ?? null;
  const entry = (type: LogType, data: Record<string, unknown>): LogDraft[] => [
    { type, atMs: nowMs, ref: null, data: JSON.stringify({ space: header.space, ...data }) },
  ];
  switch (body.type) {
    case "message.post":
    case "message.expire":
      return [{ type: "message", atMs: nowMs, ref: id, data: null }];
    case "message.edit":
    case "message.delete":
    case "message.pin":
      return [{ type: "edit", atMs: nowMs, ref: body.message, data: null }];
    case "reaction.set":
      return entry("reaction", { message: body.message, emoji: body.emoji, author, present: body.present });
    case "space.create":
      return entry("space", {
        change: "created",
        // Of a direct conversation it is an id: people see the other's name.
        name: body.spaceKind === "direct" ? null : body.name,
        kind: body.spaceKind,
      });
    case "channel.create":
      return entry("space", { change: "channel", channel: body.channel, name: body.name });
    case "invite.create":
      return entry("space", { change: "invite", invite: body.invite });
    case "invite.revoke":
      return entry("space", { change: "invite-revoked", invite: body.invite });
    case "member.admit":
      return entry("space", { change: "member", members: state.members.size, ...newcomer(body, state) });
    case "member.remove":
      return entry("space", {
        change: author === body.person || author === null ? "member-left" : "member-removed",
        person: body.person,
        members: state.members.size,
      });
    case "member.role":
      return entry("space", { change: "role", person: body.person, role: body.role });
    case "member.confirm":
      return entry("space", { change: "member", members: state.members.size });
    case "space.update":
      return entry("space", { change: "renamed", name: body.name });
    case "profile.set":
      return entry("alias", { person: author, name: body.name });
    case "channel.found":
    case "channel.add":
    case "channel.remove": {
      // In another scope they say nothing.
      if (!replica.rosters.has(header.scope)) return [];
      if (body.type === "channel.found")
        return entry("space", { change: "channel", channel: channelOfScope(header.scope), name: body.name });
      const people = body.type === "channel.add" ? body.people : [body.person];
      const channel = channelOfScope(header.scope);
      const change = body.type === "channel.add" ? "channel-added" : "channel-removed";
      return entry("space", { change, channel, people });
    }
    case "channel.expiry":
      // In another scope, or about another channel than the one that it lies in, it says nothing.
      if (header.scope !== replica.control && replica.rosters.get(header.scope)?.facts?.id !== body.channel)
        return [];
      return entry("space", { change: "channel-expiry", channel: body.channel, seconds: body.seconds });
    case "device.link":
      return entry("space", { change: "device", device: body.certificate.device, person: author });
    case "device.remove":
      return entry("space", { change: "device-removed", device: body.device, person: body.person });
    case "device.suspend": {
      const person = state.removedDevices.get(body.device)?.person ?? null;
      return entry("space", { change: "device-suspended", device: body.device, person });
    }
    case "device.name":
      return entry("space", { change: "device-named", device: body.device, name: body.name });
    case "device.prekey":
    case "channel.fence":
    case "epoch.create":
    case "epoch.rebox":
    case "epoch.headers":
    case "epoch.link":
    // Told to those who can open it, once they have: reports.ts.
    case "message.report":
    case "merge":
      return [];
    default:
      return body satisfies never;
  }
}

/** Of a sealed space: more does not open than before, or less. One entry a space, however many came. */
export function describeClosed({ drafts, fills }: Gathering, atMs: number): LogDraft[] {
  const spaces = new Set<SpaceId>();
  for (const { event, views } of drafts)
    if (views.some((view) => view.op === "sealed" && view.row.body === null)) spaces.add(event.space);
  for (const { header, views } of fills)
    if (header && views.some(({ op }) => op === "sealed")) spaces.add(header.space);
  return [...spaces].map((space) => ({
    type: "space",
    atMs,
    ref: null,
    data: JSON.stringify({ space, change: "closed" }),
  }));
}

/** Who was let in, if the admission counts. */
function newcomer(
  { request }: Extract<Body, { type: "member.admit" }>,
  { members }: MembershipState,
): { person: PersonId; name: string } | null {
  const person = readJoinRequest(request)?.person;
  const member = person === undefined ? undefined : members.get(person);
  return member === undefined ? null : { person: member.person, name: member.name };
}
