/**
 * What one operation has looked up already: a list whose items name their space, author or answered message
 * costs one look-up a distinct thing, not one an item. Forgotten after each write and before each entry of a
 * subscription. Spec: http, HT43.
 */
import { ServiceError } from "@kith/node";
import type { KithService, MemberInfo, Message, MessageVersion, SpaceInfo } from "@kith/node";

export interface Loaders {
  space(id: string): SpaceInfo | null;
  members(space: string): readonly MemberInfo[];
  member(space: string, person: string): MemberInfo | null;
  message(id: string): Message | null;
  versions(message: string): readonly MessageVersion[];
  forget(): void;
}

export function createLoaders(service: KithService): Loaders {
  let spaces: Map<string, SpaceInfo> | null = null;
  const members = new Map<string, ReadonlyMap<string, MemberInfo>>();
  const messages = new Map<string, Message | null>();
  const versions = new Map<string, readonly MessageVersion[]>();

  function membersOf(space: string): ReadonlyMap<string, MemberInfo> {
    let found = members.get(space);
    if (found === undefined) {
      found = new Map(service.members(space).map((member) => [member.person, member]));
      members.set(space, found);
    }
    return found;
  }

  const space = (id: string): SpaceInfo | null => {
    spaces ??= new Map(service.spaces().map((one) => [one.id, one]));
    return spaces.get(id) ?? null;
  };

  return {
    space,
    members: (id) => [...membersOf(id).values()],
    // A space that was left is in no list any more, and neither are its members.
    member: (id, person) => (space(id) === null ? null : (membersOf(id).get(person) ?? null)),
    message(id) {
      let found = messages.get(id);
      if (found === undefined) {
        found = findMessage(service, id);
        messages.set(id, found);
      }
      return found;
    },
    versions(id) {
      let found = versions.get(id);
      if (found === undefined) {
        found = service.messageVersions(id);
        versions.set(id, found);
      }
      return found;
    },
    forget() {
      spaces = null;
      versions.clear();
      members.clear();
      messages.clear();
    },
  };
}

/** An answered message need not be here. */
function findMessage(service: KithService, id: string): Message | null {
  try {
    return service.message(id);
  } catch (error) {
    const isGone = ["UNKNOWN_MESSAGE", "MESSAGE_EXPIRED"];
    if (error instanceof ServiceError && isGone.includes(error.code)) return null;
    throw error;
  }
}
