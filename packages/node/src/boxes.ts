/** Epoch keys for the device at the other end of one link: boxes that lie here, and new ones where it lacks any. spec/epoch EP11. */
import { boxName, planRebox } from "@kith/core";
import type { DeviceId, EpochKeys, Frame, SpaceId } from "@kith/core";
import type { ExchangeHost } from "./exchange-host.ts";
import { REBOX_AFTER_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

export interface BoxesOptions {
  readonly host: Pick<ExchangeHost, "ledger" | "author" | "store" | "box" | "self" | "log">;
  readonly device: DeviceId;
  /** The device is served all of the space. */
  readonly isFull: (space: SpaceId) => boolean;
  /** It holds the events of the space that lie here. */
  readonly agrees: (space: SpaceId) => boolean;
  readonly send: (frame: Frame) => void;
  readonly later: (delayMs: number, call: () => void) => void;
}

export class Boxes {
  readonly #options: BoxesOptions;
  readonly #making = new Set<SpaceId>();

  constructor(options: BoxesOptions) {
    this.#options = options;
  }

  /** Others may be about to do the same: the members' devices take turns, in an order of their ids. */
  makeLater(space: SpaceId): void {
    if (this.#making.has(space)) return;
    this.#making.add(space);
    const { host, device, isFull, later } = this.#options;
    const turn = Number.parseInt(host.self.slice(0, 2), 16) / 256;
    later(REBOX_AFTER_MS * (1 + turn), () => {
      this.#making.delete(space);
      const replica = host.ledger.replicas.get(space);
      if (!replica || !isFull(space)) return;
      this.#make(replica, ({ epoch }) => this.#seemsToLack(replica, epoch)).then(
        () => this.sendAll(space),
        (error: unknown) => host.log.warn("box:not-made", { space, device, error: String(error) }),
      );
    });
  }

  /** As the log says; or a box was made, by who is gone, and what it opens has not come through. */
  #seemsToLack({ space, book, membership }: Replica, epoch: EpochKeys["epoch"]): boolean {
    const { device, agrees } = this.#options;
    if (book.get(epoch)?.holders.has(device) === false) return true;
    const givers = book.giversTo(epoch, device);
    if (givers.size === 0 || agrees(space)) return false;
    const { devices } = membership.state();
    return ![...givers].some((giver) => devices.has(giver));
  }

  /** Of every epoch here of which no box for the device lies here. */
  makeMissing(replica: Replica): Promise<void> {
    return this.#make(replica, (_, name) => this.#options.host.store.box(name) === null);
  }

  /** Boxed and announced again, if the device is a member's. */
  async #make(
    { space, control, content, membership, book }: Replica,
    lacks: (keys: EpochKeys, name: ReturnType<typeof boxName>) => boolean,
  ): Promise<void> {
    const { device } = this.#options;
    const { ledger, author, box, self, log } = this.#options.host;
    const prekey = membership.state().devices.get(device)?.prekeys.at(-1);
    if (!prekey || !membership.mayAct(self, "control", membership.heads()).ok) return;
    const keys = [control, content]
      .flatMap((scope) => ledger.keys.ofScope(scope))
      .filter((each) => book.get(each.epoch) && lacks(each, boxName(prekey.id, each.epoch)));
    if (keys.length === 0) return;
    const plan = planRebox({ device, membership, keys, box });
    await author.write(plan.writes, { boxes: plan.boxes });
    log.info("box:made-again", { space, device, epochs: keys.length });
  }

  /** Every box of the space that was made for the device and lies here. */
  sendAll(space: SpaceId): void {
    const { ledger } = this.#options.host;
    const replica = ledger.replicas.get(space);
    if (!replica) return;
    for (const scope of [replica.control, replica.content]) {
      for (const keys of ledger.keys.ofScope(scope)) this.send(space, keys.epoch);
    }
  }

  /** The box of an epoch for the device, if that is a member and a box was made. */
  send(space: SpaceId, epoch: Parameters<typeof boxName>[1]): void {
    const { ledger, store } = this.#options.host;
    const state = ledger.replicas.get(space)?.membership.state();
    const keys = ledger.keys.get(epoch);
    const prekey = state?.devices.get(this.#options.device)?.prekeys.at(-1);
    if (!state || !prekey || keys?.space !== space) return;
    const name = boxName(prekey.id, epoch);
    const blob = store.box(name);
    if (blob)
      this.#options.send({ type: "box", space, scope: keys.scope, epoch, prekey: prekey.id, name, blob });
  }
}
