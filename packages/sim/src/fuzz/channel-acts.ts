/** What people do in private channels and with their own devices, kept to the code and not. */
import { planDeviceRemoval } from "@kith/core";
import type { Body, PersonId, Roster, ScopeId } from "@kith/core";
import type { Act } from "./acts.ts";
import { hand, hearers, oldControl, seal } from "./attacks.ts";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";

/** Of one history: two can differ in who is in them, and more would spread its few acts thin. */
const CHANNELS_MAX = 2;

/** Whom the actor knows as members, without itself. */
function others({ replica, identity }: Party): PersonId[] {
  const members = [...(replica?.membership.state().members.keys() ?? [])];
  return members.filter((person) => person !== identity.person);
}

function nameOf({ parties }: History, person: PersonId): string {
  return parties.find(({ identity }) => identity.person === person)?.name ?? person.slice(0, 6);
}

function someChannel({ random }: History, { ownChannels }: Party): Roster | null {
  return ownChannels.length === 0 ? null : random.pick(ownChannels);
}

export const channelActs: readonly Act[] = [
  {
    name: "founds a private channel",
    weight: 2,
    needs: "member",
    async play(history, actor) {
      const { random } = history;
      const { replica } = actor;
      if (!replica || history.privateScopes.size >= CHANNELS_MAX) return null;
      const people = others(actor).filter(() => !random.oneIn(3));
      const profile = random.oneIn(3) ? "join-only" : "archive";
      await actor.privates.found(replica, `private ${history.count()}`, people, profile);
      for (const scope of actor.rosters.keys()) history.privateScopes.add(scope);
      return `for ${people.map((person) => nameOf(history, person)).join(", ")}`;
    },
  },
  {
    name: "posts in a private channel",
    weight: 9,
    needs: "member",
    async play(history, actor) {
      const roster = someChannel(history, actor);
      if (!roster?.facts) return null;
      const { scope, facts } = roster;
      const { epoch } = await actor.author.ensureKeys(scope);
      const text = `secret ${history.count()}`;
      const body = { type: "message.post", channel: facts.id, text, replyTo: null } as const;
      await actor.author.write([{ scope, epoch, body }]);
      return text;
    },
  },
  {
    name: "adds to a private channel",
    weight: 3,
    needs: "member",
    async play(history, actor) {
      const { random } = history;
      const roster = someChannel(history, actor);
      const outside = others(actor).filter((person) => roster?.people().has(person) === false);
      if (!actor.replica || !roster || outside.length === 0) return null;
      const person = random.pick(outside);
      await actor.privates.add(actor.replica, roster, [person]);
      return nameOf(history, person);
    },
  },
  {
    name: "removes from a private channel",
    weight: 3,
    needs: "member",
    async play(history, actor) {
      const { random } = history;
      const roster = someChannel(history, actor);
      if (!actor.replica || !roster) return null;
      // Mostly of others; now and then one leaves.
      const inside = [...roster.people()].filter(
        (person) => person !== actor.identity.person || random.oneIn(8),
      );
      if (inside.length === 0) return null;
      const person = random.pick(inside);
      await actor.privates.remove(actor.replica, roster, person);
      return nameOf(history, person);
    },
  },
  {
    name: "fences",
    weight: 3,
    needs: "member",
    async play(_, actor) {
      const open = actor.ownChannels.flatMap((roster) => roster.unfenced());
      if (!actor.replica || open.length === 0) return null;
      await actor.privates.fence(actor.replica);
      return `${open.length} of what was removed from the space`;
    },
  },
  {
    name: "links its second device",
    weight: 3,
    needs: "member",
    async play(history, actor) {
      const second = history.seconds.get(actor);
      if (!second || !actor.replica || second.replica) return null;
      const { certificate, prekey, name } = second.identity;
      await actor.devices.link({ certificate, prekey: prekey.bundle, name });
      second.ledger.openSpace(history.space);
      await actor.meet(second, { content: true, boxes: true, rebox: true, share: 1 });
      return second.name;
    },
  },
  {
    name: "removes its second device",
    weight: 2,
    needs: "member",
    async play(history, actor) {
      const second = history.seconds.get(actor);
      if (!second || !actor.replica?.membership.state().devices.has(second.device)) return null;
      if (!history.random.oneIn(2)) return null;
      await actor.devices.remove(second.device);
      return second.name;
    },
  },
];

/** An event of a private channel, by keys and causes of the rogue's choice. */
async function forge(history: History, actor: Party, scope: ScopeId, body: Body): Promise<string | null> {
  const { random } = history;
  const roster = actor.rosters.get(scope);
  if (!roster) return null;
  const cited = random.oneIn(2)
    ? [...(actor.replica?.membership.heads() ?? []), ...roster.heads()]
    : [...oldControl(history, actor), ...(random.oneIn(2) ? roster.heads() : [])];
  const auth = [...new Set(cited)].toSorted();
  const sealed = seal(history, actor, { scope, body, auth, backDated: random.oneIn(2) });
  if (!sealed) return null;
  await hand(
    sealed,
    actor,
    hearers(history, actor).filter((party) => party.rosters.has(scope)),
  );
  return `${body.type} in ${scope.slice(0, 6)}`;
}

export const channelAttacks: readonly Act[] = [
  {
    name: "acts in a private channel as it likes",
    weight: 6,
    needs: "nobody",
    play(history, actor) {
      const { random, parties, chronicle } = history;
      const scopes = [...actor.rosters.keys()];
      if (scopes.length === 0) return Promise.resolve(null);
      const scope = random.pick(scopes);
      const { person } = random.oneIn(3) ? actor.identity : random.pick(parties).identity;
      const removals = [...chronicle.control.values()].filter(({ body }) => body?.type === "member.remove");
      const channel = actor.rosters.get(scope)?.facts?.id;
      const bodies: Body[] = [
        { type: "channel.add", people: [person] },
        { type: "channel.add", people: [person] },
        { type: "channel.remove", person, fences: [] },
        ...(channel ? [{ type: "message.post", channel, text: "mine", replyTo: null } as const] : []),
        ...(removals.length > 0
          ? [{ type: "channel.fence", person, removal: random.pick(removals).id, fences: [] } as const]
          : []),
      ];
      return forge(history, actor, scope, random.pick(bodies));
    },
  },
  {
    name: "ends a device of its own on a stale branch",
    weight: 2,
    needs: "nobody",
    async play(history, actor) {
      const { random, space, parties } = history;
      const own = parties.filter(({ identity }) => identity.person === actor.identity.person);
      const target = random.pick(own);
      if (!actor.replica || own.length < 2) return null;
      const { body, scope } = planDeviceRemoval({
        space,
        person: actor.identity.person,
        device: target.device,
        fences: [],
        rootSeed: null,
        controlEpoch: actor.ledger.keys.ofScope(actor.replica.control).at(-1)?.epoch ?? ("" as never),
      });
      const parents = oldControl(history, actor);
      const sealed = seal(history, actor, { scope, body, parents, backDated: random.oneIn(2) });
      if (!sealed) return null;
      await hand(sealed, actor, hearers(history, actor));
      return target.name;
    },
  },
];
