/** Spaces, their channels, members and invites: calls of the client. */
import type {
  ChangeChannel,
  ChangeMember,
  ChangeSpace,
  Channel,
  CreateChannel,
  CreateInvite,
  CreateSpace,
  Invite,
  InviteCreated,
  Member,
  Space,
} from "@kith/contract";
import type { CallSignal, List } from "./calls.ts";
import type { Http } from "./http.ts";

export interface SpaceCalls {
  spaces(options?: CallSignal): Promise<List<Space>>;
  space(space: string, options?: CallSignal): Promise<Space>;
  createSpace(space: CreateSpace, options?: CallSignal): Promise<Space>;
  renameSpace(space: string, change: ChangeSpace, options?: CallSignal): Promise<Space>;
  /** Rejects with LAST_OWNER where nobody else could run it. */
  leaveSpace(space: string, options?: CallSignal): Promise<void>;
  channels(space: string, options?: CallSignal): Promise<List<Channel>>;
  createChannel(space: string, channel: CreateChannel, options?: CallSignal): Promise<Channel>;
  /** How long what everybody posts in the channel from now on is kept; of an open one for owners and admins. */
  changeChannel(
    space: string,
    channel: string,
    change: ChangeChannel,
    options?: CallSignal,
  ): Promise<Channel>;
  channelMembers(space: string, channel: string, options?: CallSignal): Promise<List<Member>>;
  addChannelMember(space: string, channel: string, person: string, options?: CallSignal): Promise<void>;
  removeChannelMember(space: string, channel: string, person: string, options?: CallSignal): Promise<void>;
  members(space: string, options?: CallSignal): Promise<List<Member>>;
  /** person: an id, or a name that is unambiguous. */
  changeMember(space: string, person: string, change: ChangeMember, options?: CallSignal): Promise<Member>;
  /** The space has new keys when it resolves. */
  removeMember(space: string, person: string, options?: CallSignal): Promise<void>;
  /** What was decided about them and undone is not told on this node any more. */
  letOverturnedBe(space: string, person: string, options?: CallSignal): Promise<void>;
  invites(space: string, options?: CallSignal): Promise<List<Invite>>;
  createInvite(space: string, invite?: CreateInvite, options?: CallSignal): Promise<InviteCreated>;
  revokeInvite(space: string, invite: string, options?: CallSignal): Promise<void>;
}

export function createSpaceCalls(call: Http["call"]): SpaceCalls {
  const part = encodeURIComponent;
  return {
    spaces: (options) => call("GET", "/api/spaces", options),
    space: (space, options) => call("GET", `/api/spaces/${part(space)}`, options),
    createSpace: (space, options) => call("POST", "/api/spaces", { body: space, ...options }),
    renameSpace: (space, change, options) =>
      call("PATCH", `/api/spaces/${part(space)}`, { body: change, ...options }),
    leaveSpace: (space, options) => call("POST", `/api/spaces/${part(space)}/leave`, options),
    channels: (space, options) => call("GET", `/api/spaces/${part(space)}/channels`, options),
    createChannel: (space, channel, options) =>
      call("POST", `/api/spaces/${part(space)}/channels`, { body: channel, ...options }),
    changeChannel: (space, channel, change, options) =>
      call("PATCH", `/api/spaces/${part(space)}/channels/${part(channel)}`, { body: change, ...options }),
    channelMembers: (space, channel, options) =>
      call("GET", `/api/spaces/${part(space)}/channels/${part(channel)}/members`, options),
    addChannelMember: (space, channel, person, options) =>
      call("POST", `/api/spaces/${part(space)}/channels/${part(channel)}/members`, {
        body: { person },
        ...options,
      }),
    removeChannelMember: (space, channel, person, options) =>
      call("DELETE", `/api/spaces/${part(space)}/channels/${part(channel)}/members/${part(person)}`, options),
    members: (space, options) => call("GET", `/api/spaces/${part(space)}/members`, options),
    changeMember: (space, person, change, options) =>
      call("PATCH", `/api/spaces/${part(space)}/members/${part(person)}`, { body: change, ...options }),
    removeMember: (space, person, options) =>
      call("DELETE", `/api/spaces/${part(space)}/members/${part(person)}`, options),
    letOverturnedBe: (space, person, options) =>
      call("DELETE", `/api/spaces/${part(space)}/members/${part(person)}/overturned`, options),
    invites: (space, options) => call("GET", `/api/spaces/${part(space)}/invites`, options),
    createInvite: (space, invite = {}, options) =>
      call("POST", `/api/spaces/${part(space)}/invites`, { body: invite, ...options }),
    revokeInvite: (space, invite, options) =>
      call("DELETE", `/api/spaces/${part(space)}/invites/${part(invite)}`, options),
  };
}
