/**
 * One random history of a space: people who write, let in, remove and promote each other while the network falls apart,
 * and some who do not keep to the rules. Then all meet, and what they hold is looked at. Decided by its seed.
 */
import { decodeInviteLink, deriveEpochKeys, encodeInviteLink, foundSpace } from "@kith/core";
import type { ChannelId, InviteLink, ScopeId, SpaceId } from "@kith/core";
import { ServiceError } from "@kith/node";
import { secretsMeta } from "@kith/node/parts";
import { createSeededRandom } from "../seeded-random.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { createTimeline } from "../timeline.ts";
import { createRememberingVerifier } from "../verifier.ts";
import { honestActs as plainActs } from "./acts.ts";
import type { Act } from "./acts.ts";
import { attacks as plainAttacks } from "./attacks.ts";
import { channelActs, channelAttacks } from "./channel-acts.ts";
import { checkHistory } from "./checks.ts";
import { expiryActs, expiryAttacks } from "./expiry-acts.ts";
import { sealedActs } from "./sealed-acts.ts";
import { Chronicle } from "./chronicle.ts";
import { Party, WHOLE } from "./party.ts";
import { box, PEOPLE, personAt, secondDeviceAt } from "./people.ts";

export interface HistoryReport {
  readonly seed: number;
  readonly acts: number;
  readonly messages: number;
  readonly violations: readonly string[];
}

export interface HistoryOptions {
  /** Hears what is done, a line each. */
  readonly say?: (line: string) => void;
  /** false: nothing is for a time and no space is sealed; a seed is the history that it was before there were such things. */
  readonly lifetimes?: boolean;
  /** Keys of the open channels are used once and destroyed. */
  readonly sealed?: boolean;
}

/** One history of so many is of a sealed space. */
const SEALED_EVERY = 4;
/** Of many violations of one history the first tell the story. */
const VIOLATIONS_MAX = 10;
const MINUTE_MS = 60_000;
/** A clock that is off by so much was never set. */
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
const PLACES = Array.from({ length: PEOPLE }, (_, place) => place);
const honestActs: readonly Act[] = [...plainActs, ...channelActs];
const attacks: readonly Act[] = [...plainAttacks, ...channelAttacks];
/** Rounds in which everybody meets everybody; a few are enough unless something is never passed on. */
const ROUNDS_MAX = 12;

export class History {
  readonly random: SeededRandom;
  readonly timeline = createTimeline();
  readonly parties: Party[] = [];
  /** By the first device of somebody that person's second one, which may be linked to it. */
  readonly seconds = new Map<Party, Party>();
  /** Those who also do what the code does not allow them. */
  readonly rogues: Party[] = [];
  readonly invites: InviteLink[] = [];
  /** Of private channels that were founded as the code does it. */
  readonly privateScopes = new Set<ScopeId>();
  readonly chronicle: Chronicle;
  readonly violations: string[] = [];
  /** Ids of events that no device may ever take. */
  readonly forged = new Set<string>();
  readonly #groupOf = new Map<Party, number>();
  readonly #verifier = createRememberingVerifier();
  readonly #say: (line: string) => void;
  readonly #honest: readonly Act[];
  readonly #isSealed: boolean;
  readonly #attacks: readonly Act[];
  #space: SpaceId | null = null;
  #count = 0;

  constructor(
    random: SeededRandom,
    { say = () => undefined, lifetimes = true, sealed = false }: HistoryOptions,
  ) {
    this.random = random;
    this.#isSealed = sealed;
    this.#honest = [...honestActs, ...(lifetimes ? expiryActs : []), ...(sealed ? sealedActs : [])];
    this.#attacks = lifetimes ? [...attacks, ...expiryAttacks] : attacks;
    this.#say = say;
    this.chronicle = new Chronicle(
      () => this.space,
      (party) => this.violate(`(4) ${party.name} sees a space without an owner`),
    );
  }

  get space(): SpaceId {
    if (this.#space === null) throw new Error("the history has no space yet");
    return this.#space;
  }

  violate(what: string): void {
    if (this.violations.length < VIOLATIONS_MAX && !this.violations.includes(what))
      this.violations.push(what);
  }

  say(line: string): void {
    this.#say(line);
  }

  /** A number that names something new. */
  count(): number {
    this.#count += 1;
    return this.#count;
  }

  /** A device that is of nobody's people: for looking at a set of events apart. */
  createParty(place: number, skewMs = 0, identity = personAt(place)): Party {
    return new Party({
      identity,
      space: () => this.space,
      timeline: this.timeline,
      random: this.random.fork(identity.name),
      skewMs,
      verifier: this.#verifier,
    });
  }

  async found(): Promise<void> {
    const { random } = this;
    const places = Array.from({ length: PEOPLE - 1 }, (_, place) => place);
    for (let count = random.between(4, 6); count > 0; count -= 1) {
      const [place = 0] = places.splice(random.below(places.length), 1);
      const skewMs = random.oneIn(8) ? random.between(-1, 1) * YEAR_MS : random.between(-3, 3) * MINUTE_MS;
      this.parties.push(this.createParty(place, skewMs));
    }
    for (const [index, first] of [...this.parties].entries()) {
      if (!random.oneIn(index === 0 ? 2 : 5)) continue;
      const place = PLACES.findIndex((at) => personAt(at) === first.identity);
      const second = this.createParty(place, random.between(-3, 3) * MINUTE_MS, secondDeviceAt(place));
      this.seconds.set(first, second);
      this.parties.push(second);
    }
    const [founder] = this.parties;
    if (!founder) throw new Error("nobody to found a space");
    this.rogues.push(...this.parties.filter(() => random.oneIn(4)));
    const { identity, ledger, author } = founder;
    const founded = foundSpace({
      identity,
      name: "Harbour",
      kind: "group",
      profile: this.#isSealed ? "sealed" : random.oneIn(3) ? "join-only" : "archive",
      box,
      random: random.fork("space"),
    });
    this.#space = founded.space;
    for (const party of this.parties) this.chronicle.follow(party);
    const keys = founded.secrets.map(deriveEpochKeys);
    for (const each of keys) ledger.addSecrets(each);
    ledger.openSpace(founded.space);
    await author.write(founded.writes, { meta: keys.map(secretsMeta), boxes: founded.boxes });
  }

  /** Which of them reach each other from now on. */
  part(groups: number): void {
    for (const party of this.parties) this.#groupOf.set(party, this.random.below(groups));
  }

  reach(party: Party): Party[] {
    const group = this.#groupOf.get(party);
    return this.parties.filter((other) => other !== party && this.#groupOf.get(other) === group);
  }

  /** The channels that a party may write in, as it knows. */
  channelsOf(party: Party): ChannelId[] {
    return [...(party.replica?.membership.state().channels.keys() ?? [])];
  }

  /** Its link travels outside of all this, as links do. */
  shareInvite(link: InviteLink): void {
    this.invites.push(decodeInviteLink(encodeInviteLink(link)));
  }

  /** One thing somebody does; refused in words at the most. */
  async act(): Promise<void> {
    const { random } = this;
    const isAttack = this.rogues.length > 0 && random.oneIn(5);
    const acts = isAttack ? this.#attacks : this.#honest;
    const chosen = pickAct(acts, random);
    const actor = isAttack ? random.pick(this.rogues) : this.#actorFor(chosen);
    await this.timeline.runUntil(this.timeline.nowMs + random.between(1, 40) * 1_000);
    await this.perform(chosen, actor);
  }

  async perform(chosen: Act, actor: Party): Promise<void> {
    try {
      const done = await chosen.play(this, actor);
      if (done !== null) this.say(`${actor.name} ${chosen.name} ${done}`);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.say(`${actor.name} ${chosen.name}: ${error.code}`);
    }
  }

  /** All reach each other until nothing moves any more. */
  async heal(): Promise<void> {
    this.part(1);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const before = this.parties.map(({ holdings }) => holdings);
      for (const from of this.parties) {
        for (const to of this.parties) if (to !== from) await from.meet(to, WHOLE);
      }
      await this.#fenceAll();
      if (this.parties.every(({ holdings }, at) => holdings === before[at])) return;
    }
    this.violate(`(3) ${ROUNDS_MAX} rounds after the network has healed things still move`);
  }

  /** Whoever ranks highest in a channel is the first, as in a node by its turn. */
  async #fenceAll(): Promise<void> {
    for (const party of this.parties) {
      const { replica } = party;
      if (!replica || party.isOver || !party.ownChannels.some((roster) => roster.unfenced().length > 0))
        continue;
      try {
        await party.privates.fence(replica);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
    }
  }

  /** What needs a rank is mostly done by those who have it. */
  #actorFor({ needs }: Act): Party {
    const { random } = this;
    const able = this.parties.filter(({ role }) =>
      needs === "rank" ? role === "owner" || role === "admin" : needs === "member" ? role !== null : true,
    );
    return able.length === 0 || random.oneIn(12) ? random.pick(this.parties) : random.pick(able);
  }
}

function pickAct(acts: readonly Act[], random: SeededRandom): Act {
  let place = random.below(acts.reduce((sum, { weight }) => sum + weight, 0));
  for (const act of acts) {
    place -= act.weight;
    if (place < 0) return act;
  }
  throw new Error("no acts to choose from");
}

const BREAKDOWN = "(0) it breaks";

/** An exception, and no rule that was seen not to be kept. */
export const isBreakdown = (violation: string): boolean => violation.startsWith(BREAKDOWN);

/** Rejects only for faults of the harness itself. */
export async function playHistory(seed: number, options: HistoryOptions = {}): Promise<HistoryReport> {
  const random = createSeededRandom(`membership ${seed}`);
  const sealed = options.lifetimes !== false && seed % SEALED_EVERY === 0;
  const history = new History(random, { sealed, ...options });
  const acts = random.between(25, 60);
  try {
    await history.found();
    await settleIn(history);
    for (let count = 0; count < acts && history.violations.length === 0; count += 1) await history.act();
    await history.heal();
    await checkHistory(history);
  } catch (error) {
    history.violate(
      `${BREAKDOWN}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  const { chronicle, violations } = history;
  return { seed, acts, messages: chronicle.posts.filter(({ isMessage }) => isMessage).length, violations };
}

/** Most histories begin with a few members of several ranks: alone, a founder rarely gets anywhere. */
async function settleIn(history: History): Promise<void> {
  const { random, parties } = history;
  history.part(1);
  const [founder, ...others] = parties;
  if (!founder) return;
  for (const act of honestActs.filter(({ name }) => name === "invites")) await act.play(history, founder);
  const joins = honestActs.find(({ name }) => name === "joins");
  const seconds = new Set(history.seconds.values());
  for (const other of others) if (!seconds.has(other) && !random.oneIn(5)) await joins?.play(history, other);
  for (const other of others) {
    const { replica } = founder;
    if (seconds.has(other)) continue;
    if (!replica?.membership.state().members.has(other.identity.person) || random.oneIn(2)) continue;
    const role = random.pick(["owner", "admin", "admin", "reader"] as const);
    await founder.members.changeRole(replica, other.identity.person, role);
  }
  for (const other of others) await founder.meet(other, WHOLE);
  // Some begin with a private channel and with who has two devices.
  for (const act of channelActs)
    if (act.name === "founds a private channel" || act.name === "links its second device")
      if (!random.oneIn(3)) await history.perform(act, random.pick([founder, ...history.seconds.keys()]));
}
