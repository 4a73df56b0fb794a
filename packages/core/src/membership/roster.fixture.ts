/** A private channel for tests: a space with its people, and events placed in the channel's graph at will. */
import { sha256, utf8 } from "../crypto/index.ts";
import { channelOfScope, kinds, privateScope } from "../event/index.ts";
import type { Body, Fence } from "../event/index.ts";
import { toId } from "../ids.ts";
import type { EpochId, EventId } from "../ids.ts";
import { createMembership } from "./membership.ts";
import type { Membership } from "./membership.ts";
import { createRoster } from "./roster.ts";
import type { Roster } from "./roster.ts";
import type { ControlEvent } from "./types.ts";
import { bodies, createTestInvite, createTestPerson, createTestSpace, requestOf } from "./world.fixture.ts";
import type { TestPerson } from "./world.fixture.ts";

/** Each has an Ed25519 root and a prekey, which takes a moment: made once. */
export const ann = createTestPerson("Ann");
export const bob = createTestPerson("Bob");
export const cem = createTestPerson("Cem");
export const dee = createTestPerson("Dee");
export const eva = createTestPerson("Eva");
const salt = sha256(utf8("channel"));
export const NAME = "board";

export type World = ReturnType<typeof createWorld>;

/** Ann founds the space; Bob is its admin, Cem, Dee and Eva are members. Bob founds the channel with Cem and Dee. */
export function createWorld() {
  const { space, founding, write } = createTestSpace(ann);
  const control: ControlEvent[] = [founding];
  const membership = createMembership(space);
  membership.add(founding);

  function decide(
    author: TestPerson,
    body: Body,
    follows: readonly ControlEvent[] = headsOf(membership, control),
  ) {
    const event = write(author, body, { follows });
    membership.add(event);
    control.push(event);
    return event;
  }

  let invites = 0;
  /** Over an invite of its own: a removal revokes those that its target used. */
  function admit(who: TestPerson): ControlEvent {
    const invite = createTestInvite(`invite ${(invites += 1)}`);
    decide(ann, bodies.invite(invite));
    return decide(ann, bodies.admit(requestOf(space, who, invite)));
  }
  for (const who of [bob, cem, dee, eva]) admit(who);
  decide(ann, bodies.rank(bob, "admin"));

  const scope = privateScope({ space, device: bob.device.device, salt, name: NAME, profile: "archive" });
  const seqs = new Map<string, ControlEvent>();
  let timeMs = 10_000;

  /** An event of the channel that cites these, as if nothing else were known. Of control: all that stands now. */
  function say(
    author: TestPerson,
    body: Body,
    cites: readonly ControlEvent[],
    controlHeads: readonly EventId[] = membership.heads(),
  ): ControlEvent {
    const { device } = author.device;
    const previous = seqs.get(device);
    timeMs += 1;
    const header = {
      space,
      scope,
      device,
      seq: (previous?.header.seq ?? 0) + 1,
      prev: previous?.id ?? null,
      parents: [],
      auth: [...controlHeads, ...cites.map(({ id }) => id)].toSorted(),
      time: { ms: timeMs, count: 0 },
      epoch: "ee".repeat(32) as EpochId,
      kind: kinds[body.type],
      ratchet: null,
      bodyHash: new Uint8Array(32),
      contentHash: new Uint8Array(32),
    };
    const event = { id: toId<EventId>(sha256(utf8(JSON.stringify([header, body])))), header, body };
    seqs.set(device, event);
    return event;
  }

  const found = say(bob, { type: "channel.found", name: NAME, salt, profile: "archive" }, []);
  const add = say(bob, channel.add(cem, dee), [found]);

  /** A replica that has heard these, in this order. */
  function rosterOf(events: readonly ControlEvent[], of: Membership = membership): Roster {
    const roster = createRoster({ space, scope }, () => of);
    for (const event of events) roster.add(event);
    return roster;
  }

  return {
    space,
    scope,
    membership,
    control,
    decide,
    admit,
    say,
    found,
    add,
    rosterOf,
    id: channelOfScope(scope),
  };
}

function headsOf(membership: Membership, control: readonly ControlEvent[]): ControlEvent[] {
  const heads = new Set(membership.heads());
  return control.filter(({ id }) => heads.has(id));
}

export const channel = {
  add: (...who: readonly TestPerson[]): Body => ({
    type: "channel.add",
    people: who.map(({ person }) => person).toSorted(),
  }),
  remove: (who: TestPerson, fences: readonly Fence[] = []): Body => ({
    type: "channel.remove",
    person: who.person,
    fences,
  }),
  fence: (who: TestPerson, removal: ControlEvent, fences: readonly Fence[] = []): Body => ({
    type: "channel.fence",
    person: who.person,
    removal: removal.id,
    fences,
  }),
};

export const names = (roster: Roster): string =>
  [ann, bob, cem, dee, eva]
    .filter(({ person }) => roster.people().has(person))
    .map(({ name }) => name)
    .join(" ");
