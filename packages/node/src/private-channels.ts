/**
 * What is done about private channels: founding one, letting people in and out, and fencing in each what a removal from
 * the space has closed. spec/space SP50-SP59.
 */
import { foundPrivateChannel, planChannelFence, planChannelPeople, planChannelRemoval } from "@kith/core";
import type {
  Box,
  ChannelId,
  Clock,
  DeviceId,
  Fence,
  Log,
  PersonId,
  Profile,
  Random,
  Roster,
  ScopeId,
} from "@kith/core";
import type { Author } from "./author.ts";
import { devicesOf } from "./fences.ts";
import type { Ledger } from "./ledger.ts";
import { FENCE_TURN_MS, PRIVATE_CHANNELS_MAX } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { secretsMeta } from "./secrets.ts";
import { ServiceError } from "./service.ts";

export interface PrivateChannelsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly box: Box;
  readonly ledger: Ledger;
  readonly author: Author;
  /** Another one once this device has become somebody else's. */
  readonly person: () => PersonId;
  readonly device: DeviceId;
  readonly onKeysChanged: () => void;
  /** Before anything is written in it. */
  readonly onFounded?: (scope: ScopeId) => void;
}

export class PrivateChannels {
  readonly #options: PrivateChannelsOptions;
  readonly #turns = new Map<ScopeId, () => void>();
  #closed = false;

  constructor(options: PrivateChannelsOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#turns.values()) cancel();
    this.#turns.clear();
  }

  /** people: members of the space, besides this device's own. */
  async found(
    replica: Replica,
    name: string,
    people: readonly PersonId[],
    profile: Profile = "archive",
  ): Promise<ChannelId> {
    const { ledger, author, box, random, device } = this.#options;
    if (replica.rosters.size >= PRIVATE_CHANNELS_MAX)
      throw new ServiceError(
        "TOO_MANY",
        `This device holds ${PRIVATE_CHANNELS_MAX} private channels of the space already.`,
        "Use one of those there are.",
      );
    const { space, membership } = replica;
    await author.ensureKeys(replica.control);
    const plan = foundPrivateChannel({ membership, device, people, name, profile, box, random });
    ledger.addSecrets(plan.keys);
    ledger.openPrivateScope(space, plan.scope);
    this.#options.onFounded?.(plan.scope);
    try {
      await author.write(plan.writes, { meta: [secretsMeta(plan.keys)], boxes: plan.boxes });
    } catch (error) {
      ledger.closePrivateScope(space, plan.scope);
      throw error;
    }
    this.#options.onKeysChanged();
    const facts = replica.rosters.get(plan.scope)?.facts;
    if (!facts) throw new Error("CHANNEL_INVARIANT: a channel that was founded is not there");
    return facts.id;
  }

  /** With the channel's whole history, as far as it is here. */
  async add(replica: Replica, roster: Roster, people: readonly PersonId[]): Promise<void> {
    const { ledger, author, box } = this.#options;
    const newcomers = people.filter((person) => !roster.people().has(person));
    if (newcomers.length === 0) return;
    const { scope } = roster;
    const epoch = await author.ensureKeys(scope);
    // Of an epoch whose own event is not here yet nobody knows what it follows: it may be the one that shuts them out.
    const keys = ledger.keys.ofScope(scope).filter((each) => replica.book.get(each.epoch) !== null);
    const { membership, book } = replica;
    const plan = planChannelPeople({ membership, book, people: newcomers, epoch, keys, box });
    await author.write(plan.writes, { boxes: plan.boxes });
    // Of a join-only channel they have the headers alone so far: what is written from now on is for them too.
    await author.ensureKeys(scope);
  }

  /** Of oneself: leaves. The channel has keys that the removed have not when it resolves. */
  async remove(replica: Replica, { scope }: Roster, person: PersonId): Promise<void> {
    const { author } = this.#options;
    const epoch = await author.ensureKeys(scope);
    const fences = this.#fencesFor(replica, scope, person);
    await author.write([planChannelRemoval({ epoch, person, fences })]);
    // Who leaves cannot make keys for those who stay: the next of them to write does.
    if (person !== this.#options.person()) await author.ensureKeys(scope);
    this.#options.onKeysChanged();
  }

  /** Writes what is still to be said here about removals from the space, and makes the keys that go with it. */
  async fence(replica: Replica): Promise<void> {
    for (const roster of replica.rosters.values()) await this.#fenceOne(replica, roster);
  }

  /** Members or channels of the space changed: whoever ranks highest in a channel is the first to fence. */
  fenceInTurn(replica: Replica): void {
    const { clock, log, device, ledger } = this.#options;
    const person = this.#options.person();
    for (const [scope, roster] of replica.rosters) {
      const rank = roster.rankOf(person);
      if (this.#closed || rank === null || this.#turns.has(scope) || roster.unfenced().length === 0) continue;
      const fraction = Number.parseInt(device.slice(0, 4), 16) / 65_536;
      const cancel = clock.after(FENCE_TURN_MS * (rank + fraction), () => {
        this.#turns.delete(scope);
        // Read anew: the space may have been taken up again meanwhile.
        const current = ledger.replicas.get(replica.space)?.rosters.get(scope);
        if (!current || this.#closed) return;
        this.#fenceOne(replica, current).catch((error: unknown) =>
          log.warn("channel:not-fenced", { space: replica.space, error: String(error) }),
        );
      });
      this.#turns.set(scope, cancel);
    }
  }

  async #fenceOne(replica: Replica, { scope }: Roster): Promise<void> {
    const { author } = this.#options;
    const person = this.#options.person();
    const roster = replica.rosters.get(scope);
    const { membership } = replica;
    const mayWrite = membership.mayAct(this.#options.device, "write", membership.heads()).ok;
    if (!mayWrite || !roster?.people().has(person)) return;
    for (const { person: removed, removal } of roster.unfenced()) {
      const epoch = await author.ensureKeys(scope);
      const fences = this.#fencesFor(replica, scope, removed);
      await author.write([planChannelFence({ epoch, person: removed, removal, fences })]);
    }
  }

  /** How far each of the person's devices is heard in the channel: as far as it is here. */
  #fencesFor({ membership }: Replica, scope: ScopeId, person: PersonId): Fence[] {
    const tips = this.#options.ledger.scopeState(scope)?.tips;
    return devicesOf(membership, person).flatMap((device) => {
      const tip = tips?.get(device);
      return tip ? [{ scope, device, seq: tip.seq, id: tip.id }] : [];
    });
  }
}
