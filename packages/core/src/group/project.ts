/**
 * What an event shows to its readers. Control events are shown as the membership holds them now, so an
 * event without effect shows nothing; content only from authors entitled in their own past. spec/space SP11, SP21.
 */
import type { Body, Header } from "../event/index.ts";
import { expiryMs, publicScope } from "../event/index.ts";
import type { ChannelId, EventId, PersonId, ScopeId } from "../ids.ts";
import type { Membership, Roster } from "../membership/index.ts";
import { readJoinRequest } from "../membership/index.ts";
import type { ViewChange } from "../ports/index.ts";

export interface ProjectedEvent {
  readonly id: EventId;
  readonly header: Header;
  readonly body: Body;
  /** Already holding the event, if it is one of control. */
  readonly membership: Membership;
  /** Of the private channel whose scope it lies in, already holding the event; absent for the other scopes. */
  readonly roster?: Roster | null | undefined;
}

export function projectEvent({ id, header, body, membership, roster }: ProjectedEvent): ViewChange[] {
  switch (body.type) {
    case "message.post":
    case "message.expire":
    case "reaction.set":
    case "message.edit":
    case "message.delete":
    case "message.pin":
      return projectContent({ id, header, body, membership, roster });
    case "channel.found": {
      const facts = roster?.facts;
      if (!facts) return [];
      const { id: channel, name, scope, createdMs } = facts;
      return [{ op: "channel", row: { id: channel, space: header.space, scope, name, createdMs } }];
    }
    case "space.create":
    case "channel.create":
    case "member.admit":
    case "profile.set":
    case "space.update":
    case "invite.revoke":
    case "member.confirm":
    case "member.remove":
    case "member.role":
    case "device.remove":
    case "device.suspend":
      return membership.verdictOf(id)?.effective ? projectControl({ header, body, membership }) : [];
    case "invite.create":
    case "channel.add":
    case "channel.remove":
    case "channel.fence":
    case "channel.expiry":
    case "device.link":
    case "device.name":
    case "device.prekey":
    case "epoch.create":
    case "epoch.rebox":
    case "epoch.headers":
    case "epoch.link":
    case "message.report":
    case "merge":
      return [];
  }
}

function projectControl({ header, body, membership }: Omit<ProjectedEvent, "id" | "roster">): ViewChange[] {
  const { info, channels, devices, members } = membership.state();
  const { space } = header;
  const { name, kind, createdMs } = info ?? { name: "", kind: "group", createdMs: 0 };
  const spaceRow: ViewChange[] = info ? [{ op: "space", row: { id: space, name, kind, createdMs } }] : [];
  switch (body.type) {
    case "space.create":
      return [...spaceRow, ...projectPerson(body.person, membership)];
    case "space.update":
      return spaceRow;
    case "channel.create": {
      const channel = channels.get(body.channel);
      return channel ? [{ op: "channel", row: { ...channel, space } }] : [];
    }
    case "member.admit": {
      const request = readJoinRequest(body.request);
      return request ? projectPerson(request.person, membership) : [];
    }
    case "profile.set": {
      const author = devices.get(header.device);
      return author ? projectPerson(author.person, membership) : [];
    }
    default:
      // A decision may give effect to what had none when it came, and was shown nowhere.
      return [
        ...spaceRow,
        ...[...members.keys()].flatMap((person) => projectPerson(person, membership)),
        ...[...channels.values()].map((channel) => ({ op: "channel" as const, row: { ...channel, space } })),
      ];
  }
}

function projectPerson(person: PersonId, membership: Membership): ViewChange[] {
  const member = membership.state().members.get(person);
  return member ? [{ op: "person", row: { id: person, name: member.name } }] : [];
}

function projectContent({ id, header, body, membership, roster }: ProjectedEvent): ViewChange[] {
  const { space, scope, device, seq, time, auth } = header;
  if (!roster && scope !== publicScope(space)) return [];
  const right = roster ? roster.mayWrite(device, auth) : membership.mayAct(device, "write", auth);
  if (!right.ok) return [];
  const author = right.person;
  const at = { timeMs: time.ms, timeCount: time.count };
  switch (body.type) {
    case "message.post":
    case "message.expire": {
      const { channel, text, replyTo } = body;
      if (!isOfScope(channel, scope, { membership, roster })) return [];
      const expiresMs = expiryMs(header);
      const until = expiresMs === null ? {} : { expiresMs };
      return [
        {
          op: "message",
          row: {
            id,
            space,
            channel,
            scope,
            author,
            device,
            seq,
            ...at,
            text,
            replyTo,
            clientId: null,
            ...until,
          },
        },
      ];
    }
    case "reaction.set": {
      const { message, emoji, present } = body;
      return [{ op: "reaction", row: { message, emoji, author, present, ...at, event: id } }];
    }
    case "message.edit":
    case "message.delete":
    case "message.pin": {
      const admin = right.role === "owner" || right.role === "admin";
      const what =
        body.type === "message.edit"
          ? ({ kind: "edit", text: body.text } as const)
          : ({
              kind: body.type === "message.delete" ? "delete" : body.present ? "pin" : "unpin",
              text: null,
            } as const);
      // Whether it has effect on its message the store settles, once both are here: spec/space SP140, SP142.
      return [{ op: "act", row: { target: body.message, ...what, event: id, scope, author, admin, ...at } }];
    }
    default:
      return [];
  }
}

/** A message must not show up in a channel whose readers are others than the scope's. */
function isOfScope(
  channel: ChannelId,
  scope: ScopeId,
  { membership, roster }: Pick<ProjectedEvent, "membership" | "roster">,
): boolean {
  if (roster) return roster.facts?.id === channel;
  const known = membership.state().channels.get(channel);
  return known === undefined || known.scope === scope;
}
