/**
 * This device's own events: places them in its chains, seals them under the epoch that the sender rule names,
 * and hands them to the ledger like everyone else's. Makes a new epoch where none is fit. spec/event, spec/epoch.
 */
import { AUTH_MAX, PARENTS_MAX, chooseSendEpoch, kinds, planEpoch, sealEvent } from "@kith/core";
import type {
  Box,
  DeviceKeys,
  EpochKeys,
  EventId,
  MembershipState,
  PlannedWrite,
  Random,
  ScopeId,
} from "@kith/core";
import type { Committed, CommitExtras, Gathering, Ledger } from "./ledger.ts";
import { keysByAge } from "./key-order.ts";
import type { Replica, ScopeState } from "./replica.ts";
import { secretsMeta } from "./secrets.ts";
import { ServiceError } from "./service.ts";

export type LocalWrite = PlannedWrite & {
  /** Messages only: what the caller may repeat without posting twice. */
  readonly clientId?: string | null;
};

export interface AuthorOptions {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly box: Box;
  readonly device: DeviceKeys;
  /** Throws where this device may not go on with its chain; left out: it may everywhere. */
  readonly checkChain?: (scope: ScopeId) => void;
}

/** Heads of control, and of a private channel's people, that an event of such a channel cites. */
const HEADS_OF_EACH_MAX = AUTH_MAX / 2;
const outside = { code: "NOT_IN_CHANNEL", detail: "this device is of nobody in the channel" };

interface Chosen {
  readonly members: MembershipState;
  readonly epochsVersion: number;
  readonly keys: EpochKeys;
}

export class Author {
  readonly #options: AuthorOptions;
  /** The epoch to send under, as long as neither members nor epochs have changed. */
  readonly #chosen = new Map<ScopeId, Chosen>();

  constructor(options: AuthorOptions) {
    this.#options = options;
  }

  /** The epoch to be found by: that of the next write, or the newest there is. null for a scope without any. */
  beaconKeys(scope: ScopeId): EpochKeys | null {
    const { ledger, device } = this.#options;
    // A private channel is not spoken of by who is not in it.
    if (ledger.replicaOfScope(scope)?.rosters.has(scope) && !ledger.isEntitled(scope, device.device))
      return null;
    const replica = ledger.replicaOfScope(scope);
    return this.#choose(scope) ?? (replica && keysByAge(replica, scope, ledger.keys).at(-1)) ?? null;
  }

  /** The epoch that a write in this scope belongs under now. Throws NO_KEY; see ensureKeys. */
  sendKeys(scope: ScopeId): EpochKeys {
    const keys = this.#choose(scope);
    if (keys) return keys;
    const replica = this.#options.ledger.replicaOfScope(scope);
    if (replica) this.#checkMembership(replica);
    throw noKey();
  }

  /** Who was removed shall not be told to wait for a key. */
  #checkMembership({ membership }: Replica): void {
    const { device } = this.#options.device;
    for (const { devices } of membership.state().removed.values())
      if (devices.includes(device)) throw notAllowed({ code: "REMOVED", detail: "its person was removed" });
    const ended = membership.state().removedDevices.get(device);
    if (ended?.suspended)
      throw notAllowed({ code: "DEVICE_SUSPENDED", detail: "its key was used in two places at once" });
    if (ended) throw notAllowed({ code: "DEVICE_REMOVED", detail: "it was removed" });
  }

  hasKeys(scope: ScopeId): boolean {
    return this.#choose(scope) !== null;
  }

  /** Makes an epoch for today's members where no known one may be used. Rejects with NO_KEY for a scope without any. */
  async ensureKeys(scope: ScopeId): Promise<EpochKeys> {
    const { ledger, box, random } = this.#options;
    const known = this.#choose(scope);
    if (known) return known;
    this.#options.checkChain?.(scope);
    const replica = ledger.replicaOfScope(scope);
    if (!replica || ledger.keys.ofScope(scope).length === 0) throw noKey();
    this.#checkMembership(replica);
    const { membership, rosters } = replica;
    const roster = rosters.get(scope);
    // Who is not in a channel any more has nothing to make keys for.
    if (roster && !ledger.isEntitled(scope, this.#options.device.device)) throw notAllowed(outside);
    // Before a secret is made that nobody would ever announce.
    const action = scope === replica.control ? "control" : "write";
    const right = membership.mayAct(this.#options.device.device, action, membership.heads());
    if (!right.ok) throw notAllowed(right);
    const { control, content, book } = replica;
    // A key of the open channels lies under one of control that today's members hold.
    if (scope === content && !this.#choose(control)) {
      await this.ensureKeys(control);
      return this.ensureKeys(scope);
    }
    const held = (scope === control ? [content, control] : [scope])
      .flatMap((each) => keysByAge(replica, each, ledger.keys))
      .filter(({ epoch }) => book.get(epoch) !== null);
    const among = { book, control: scope === content ? this.#choose(control) : null, held };
    const plan = planEpoch({ scope, membership, roster, among, box, random });
    const isWide = this.#isWide(scope);
    ledger.addSecrets(plan.keys);
    await this.write(plan.writes, { meta: [secretsMeta(plan.keys)], boxes: plan.boxes });
    if (!isWide || this.#choose(scope)) return this.sendKeys(scope);
    // An announcement cites a bounded number of heads and has nothing under its epoch before it: the heads are brought
    // together under this one, which may not follow every removal, and the next does.
    await this.write([mergeIn(scope, plan.keys)]);
    return this.ensureKeys(scope);
  }

  /** Seals, judges and commits, in order, as one. Rejects with a ServiceError; then nothing was written. */
  async write(
    planned: readonly LocalWrite[],
    extras: CommitExtras = {},
    /** More to store with them, once their ids are known. */
    extend: (ids: readonly EventId[]) => CommitExtras = () => ({}),
  ): Promise<{ ids: readonly EventId[]; committed: Committed }> {
    const { ledger, checkChain } = this.#options;
    if (checkChain) for (const { scope } of planned) checkChain(scope);
    const gathering = ledger.gather(null);
    const ids: EventId[] = [];
    try {
      for (const write of planned) ids.push(this.#writeOne(write, gathering));
    } catch (error) {
      ledger.rollBack(gathering);
      throw error;
    }
    return { ids, committed: await ledger.commit(gathering, { ...extras, ...extend(ids) }) };
  }

  /** It has more heads than one event cites. */
  #isWide(scope: ScopeId): boolean {
    const { ledger } = this.#options;
    const replica = ledger.replicaOfScope(scope);
    const heads = ledger.scopeState(scope)?.heads.size ?? 0;
    return (
      heads > PARENTS_MAX || (replica !== null && peopleHeads(replica, scope).length > HEADS_OF_EACH_MAX)
    );
  }

  #choose(scope: ScopeId): EpochKeys | null {
    const { ledger } = this.#options;
    const replica = ledger.replicaOfScope(scope);
    if (!replica) return null;
    const members = replica.membership.state();
    const { epochsVersion } = ledger;
    const chosen = this.#chosen.get(scope);
    const mayGoOn = (keys: EpochKeys): boolean =>
      ledger.sealed.mayGoOn(
        keys,
        this.#options.device.device,
        replica.book,
        ledger.keys.ofScope(scope).length,
      );
    if (chosen?.members === members && chosen.epochsVersion === epochsVersion && mayGoOn(chosen.keys))
      return chosen.keys;
    const keys = chooseSendEpoch({
      scope,
      mayGoOn,
      book: replica.book,
      membership: replica.membership,
      roster: replica.rosters.get(scope),
      keysOf: (epoch) => ledger.keys.get(epoch),
    });
    if (keys) this.#chosen.set(scope, { members, epochsVersion, keys });
    return keys;
  }

  #writeOne(write: LocalWrite, gathering: Gathering): EventId {
    const { ledger } = this.#options;
    const replica = ledger.replicaOfScope(write.scope);
    const state = ledger.scopeState(write.scope);
    if (!replica || !state) throw noKey();
    // Nothing lies under an epoch before its announcement.
    const isFirst = !replica.announced.has(write.epoch);
    const [parentsMax, peopleMax] = isFirst ? [Infinity, Infinity] : [PARENTS_MAX, HEADS_OF_EACH_MAX];
    // Events cite a bounded number of heads: more than that are brought together first.
    if (write.scope !== replica.control) {
      const control = ledger.scopeState(replica.control);
      if (!control) throw noKey();
      const most = replica.rosters.has(write.scope) ? HEADS_OF_EACH_MAX : AUTH_MAX;
      while (replica.membership.heads().length > most) {
        this.#seal(mergeIn(replica.control, this.sendKeys(replica.control)), replica, control, gathering);
      }
      while (peopleHeads(replica, write.scope).length > peopleMax) {
        const keys = ledger.keys.get(write.epoch);
        if (!keys) throw noKey();
        this.#seal(mergeIn(write.scope, keys), replica, state, gathering);
      }
    }
    while (state.heads.size > parentsMax) {
      const keys = ledger.keys.get(write.epoch);
      if (!keys) throw noKey();
      this.#seal(mergeIn(write.scope, keys), replica, state, gathering);
    }
    return this.#seal(write, replica, state, gathering);
  }

  #seal(write: LocalWrite, replica: Replica, state: ScopeState, gathering: Gathering): EventId {
    const { ledger, device, random } = this.#options;
    const keys = ledger.keys.get(write.epoch);
    if (!keys) throw noKey();
    const tip = state.tips.get(device.device) ?? null;
    const parents = [...state.heads.keys()]
      .filter((id) => id !== tip?.id)
      .toSorted()
      .slice(0, PARENTS_MAX);
    const after = parents.map((id) => ledger.timeOf(state, id));
    if (tip) after.push({ ms: tip.timeMs, count: tip.timeCount });
    const sealed = sealEvent(
      {
        space: replica.space,
        scope: write.scope,
        device: device.device,
        seq: (tip?.seq ?? 0) + 1,
        prev: tip?.id ?? null,
        parents,
        auth: headsToCite(replica, write.scope),
        time: ledger.timeAfter(after),
        body: write.body,
        ratchet: keys.isRatcheted(kinds[write.body.type])
          ? ledger.sealed.nextIndex(keys.epoch, device.device)
          : null,
        ...(write.lifetimeS !== undefined && { lifetimeS: write.lifetimeS }),
      },
      { keys, secretKey: device.secretKey, salt: random.bytes(16) },
    );
    const verdict = ledger.accept({ ...sealed, clientId: write.clientId ?? null }, gathering);
    if (verdict.status === "accepted") return sealed.id;
    throw notAllowed(verdict.status === "refused" ? verdict : null);
  }
}

/** Of control, and of the private channel where it is one's: half of what an event may cite for each. */
function headsToCite(replica: Replica, scope: ScopeId): readonly EventId[] {
  if (scope === replica.control) return [];
  const heads = replica.membership.heads();
  if (!replica.rosters.has(scope)) return heads;
  return [...heads, ...peopleHeads(replica, scope).slice(0, HEADS_OF_EACH_MAX)].toSorted();
}

/** Of a private channel; none elsewhere. */
function peopleHeads({ rosters }: Replica, scope: ScopeId): readonly EventId[] {
  return rosters.get(scope)?.heads() ?? [];
}

function mergeIn(scope: ScopeId, keys: EpochKeys): LocalWrite {
  return { scope, epoch: keys.epoch, body: { type: "merge" } };
}

/** In words for a person: codes of the log are for programs. */
function notAllowed(refusal: { readonly code: string; readonly detail: string } | null): ServiceError {
  const cause = refusal ?? undefined;
  switch (refusal?.code) {
    case "LAST_OWNER":
      return new ServiceError(
        "LAST_OWNER",
        "You are the only owner of this space.",
        "Make somebody else an owner first.",
        { cause },
      );
    case "DEVICE_REMOVED":
      return new ServiceError(
        "NOT_ALLOWED",
        "This device was removed from your devices.",
        "Reset it and link it again from another of your devices.",
        { cause },
      );
    case "DEVICE_SENIOR":
      return new ServiceError(
        "NOT_ALLOWED",
        "A device removes only devices that were linked after it.",
        "Remove it on a device that was there before it.",
        { cause },
      );
    case "LAST_DEVICE":
      return new ServiceError(
        "NOT_ALLOWED",
        "This is your only device.",
        "Leave the spaces or reset the device instead.",
        { cause },
      );
    case "NOT_MEMBER":
    case "REMOVED":
      return new ServiceError(
        "NOT_ALLOWED",
        "You are not a member of this space any more.",
        "Ask an admin of the space for a new invitation.",
        { cause },
      );
    case "NOT_IN_CHANNEL":
      return new ServiceError(
        "NOT_ALLOWED",
        "You are not in this channel.",
        "Ask somebody who is in it to add you.",
        { cause },
      );
    case "ROLE_TOO_LOW":
      return new ServiceError(
        "NOT_ALLOWED",
        "Your role in this space does not allow that.",
        "Ask an owner or admin of the space.",
        { cause },
      );
    default:
      return new ServiceError(
        "NOT_ALLOWED",
        `This device may not do that here${refusal === null ? "" : `: ${refusal.detail}`}.`,
        "Ask an owner or admin of the space.",
        { cause },
      );
  }
}

function noKey(): ServiceError {
  return new ServiceError(
    "NO_KEY",
    "This device has no key of that conversation yet.",
    "Wait until a member's device is reachable.",
  );
}
