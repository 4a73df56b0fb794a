/** What is done about who is of a space: removing, leaving, ranks, the space's name. spec/space SP23-SP31. */
import { planConfirmation, planRank, planRemoval, planSpaceName } from "@kith/core";
import type { DeviceId, MemberFacts, PersonId, PlannedWrite } from "@kith/core";
import { fencesAt } from "./fences.ts";
import { meant } from "./meant.ts";
import type { NodeParts } from "./node.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { JoinRequestInfo, Role } from "./service.ts";

export interface Members {
  /** By id, or by a name that is unambiguous. Throws UNKNOWN_PERSON, AMBIGUOUS_NAME. */
  find(replica: Replica, idOrName: string): MemberFacts;
  /** Ends the membership and makes the keys that its devices shall not have. Of oneself: leaves. */
  remove(replica: Replica, person: PersonId): Promise<void>;
  changeRole(replica: Replica, person: PersonId, role: Role): Promise<void>;
  rename(replica: Replica, name: string): Promise<void>;
  /** Of all spaces that this device is in. */
  waiting(): JoinRequestInfo[];
  admitWaiting(replica: Replica, person: string): Promise<void>;
  /** By the id of a request: it waits no more, in nobody's list; another invite may let it in. spec/space SP122. */
  refuseWaiting(request: string): Promise<void>;
}

export function createMembers({
  ledger,
  author,
  swarm,
  identity,
  privates,
}: Pick<NodeParts, "ledger" | "author" | "identity"> & {
  readonly swarm: Pick<NodeParts["swarm"], "keysChanged">;
  readonly privates: Pick<NodeParts["privates"], "fence">;
}): Members {
  const controlEpoch = async (replica: Replica): Promise<PlannedWrite["epoch"]> =>
    (await author.ensureKeys(replica.control)).epoch;

  const nobodyWaits = (): ServiceError =>
    new ServiceError(
      "UNKNOWN_PERSON",
      "Nobody of that id waits to be let in there.",
      "`GET /api/join-requests` lists who does.",
    );
  const end = async (replica: Replica, person: PersonId, devices: readonly DeviceId[]): Promise<void> => {
    const { space, content } = replica;
    const fences = fencesAt(ledger.scopeState(content)?.tips, content, devices);
    const planned = planRemoval({ space, person, fences, controlEpoch: await controlEpoch(replica) });
    await author.write([planned]);
    // Who leaves cannot make keys for those who stay: the next of them to write does.
    if (person !== identity().person) {
      for (const scope of [replica.control, replica.content]) await author.ensureKeys(scope);
      await privates.fence(replica);
    }
    swarm.keysChanged();
  };

  return {
    find(replica, idOrName) {
      const members = replica.membership.state().members.values();
      const named = meant(members, idOrName, ({ person, name }) => ({ id: person, name }));
      if (named.length > 1)
        throw new ServiceError(
          "AMBIGUOUS_NAME",
          `${named.length} members are called "${idOrName}".`,
          "Use the person's id; `kith members SPACE --json` shows it.",
        );
      const [only] = named;
      if (!only)
        throw new ServiceError(
          "UNKNOWN_PERSON",
          `There is no member "${idOrName.slice(0, 80)}" in that space.`,
          "`kith members SPACE` shows those there are.",
        );
      return only;
    },

    remove: (replica, person) =>
      end(replica, person, replica.membership.state().members.get(person)?.devices ?? []),

    async changeRole(replica, person, role) {
      const { space } = replica;
      if (replica.membership.state().members.get(person)?.role === role) return;
      await author.write([planRank({ space, person, role, controlEpoch: await controlEpoch(replica) })]);
    },

    waiting() {
      const self = identity().person;
      return [...ledger.replicas.values()].flatMap(({ space, membership }) => {
        const { pending, members } = membership.state();
        if (!members.has(self)) return [];
        return [...pending.values()].map(({ event, person, name, device, invite }) => ({
          id: event,
          space,
          person,
          name,
          device,
          invite,
          detail: "The invitation had no use left when several came at once.",
        }));
      });
    },

    async admitWaiting(replica, person) {
      const { space, membership } = replica;
      const admission = membership.state().pending.get(person as PersonId)?.event;
      if (admission === undefined) throw nobodyWaits();
      await author.write([planConfirmation({ space, admission, controlEpoch: await controlEpoch(replica) })]);
    },

    async refuseWaiting(request) {
      for (const replica of ledger.replicas.values()) {
        const { pending, members } = replica.membership.state();
        if (!members.has(identity().person)) continue;
        for (const { event, person, device } of pending.values())
          if (event === request) return end(replica, person, [device]);
      }
      throw nobodyWaits();
    },

    async rename(replica, name) {
      const { space } = replica;
      await author.write([planSpaceName({ space, name, controlEpoch: await controlEpoch(replica) })]);
    },
  };
}
