/** What every Discovery must do. spec/link LN1-LN3. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Discovery, PeerAddress } from "../ports/index.ts";

export interface DiscoveryPair {
  readonly one: Discovery;
  readonly other: Discovery;
}

interface Heard {
  readonly datagram: Uint8Array;
  readonly from: PeerAddress;
}

/** The only size there is on the local network. */
const DATAGRAM_BYTES = 1_200;

interface Ear {
  readonly heard: Heard[];
  hear(datagram: Uint8Array, from: PeerAddress): void;
  until(condition: (heard: Heard) => boolean): Promise<Heard>;
}

function createEar(): Ear {
  const heard: Heard[] = [];
  const waiting = new Set<{ condition: (heard: Heard) => boolean; resolve: (heard: Heard) => void }>();
  return {
    heard,
    hear(datagram, from) {
      const item = { datagram, from };
      heard.push(item);
      for (const entry of waiting) {
        if (!entry.condition(item)) continue;
        waiting.delete(entry);
        entry.resolve(item);
      }
    },
    until(condition) {
      const found = heard.find(condition);
      return found === undefined
        ? new Promise((resolve) => waiting.add({ condition, resolve }))
        : Promise.resolve(found);
    },
  };
}

function datagramOf(mark: number): Uint8Array {
  return new Uint8Array(DATAGRAM_BYTES).fill(mark);
}
const marked =
  (mark: number) =>
  ({ datagram }: Heard): boolean =>
    datagram[0] === mark && datagram.at(-1) === mark;

export function describeDiscoveryContract(name: string, create: () => Promise<DiscoveryPair>): void {
  describe(`discovery contract: ${name}`, () => {
    let pair: DiscoveryPair;
    let one: Ear;
    let other: Ear;

    beforeEach(async () => {
      pair = await create();
      one = createEar();
      other = createEar();
      await Promise.all([pair.one.start(one.hear), pair.other.start(other.hear)]);
    });
    afterEach(async () => {
      await Promise.all([pair.one.stop(), pair.other.stop()]);
    });

    test("[LN1] an announcement is heard by the others, both ways, whole", async () => {
      pair.one.announce(datagramOf(1));
      pair.other.announce(datagramOf(2));
      const [here, there] = await Promise.all([one.until(marked(2)), other.until(marked(1))]);
      expect(here.datagram.length).toBe(DATAGRAM_BYTES);
      expect(there.datagram).toEqual(datagramOf(1));
    });

    test("[LN2] an answer reaches the one whose announcement was heard, and no other", async () => {
      pair.one.announce(datagramOf(3));
      const { from } = await other.until(marked(3));
      pair.other.answer(datagramOf(4), from);
      const back = await one.until(marked(4));
      expect(other.heard.some(marked(4))).toBe(false);
      // What comes back comes from where that side can be answered.
      pair.one.answer(datagramOf(5), back.from);
      await other.until(marked(5));
    });

    test("[LN3] a stopped one hears and says nothing, and hears again when it is started again", async () => {
      await pair.one.stop();
      pair.other.announce(datagramOf(6));
      pair.one.announce(datagramOf(7));
      const again = createEar();
      await pair.one.start(again.hear);
      pair.other.announce(datagramOf(8));
      await again.until(marked(8));
      pair.one.announce(datagramOf(9));
      await other.until(marked(9));
      expect(one.heard.some(marked(6))).toBe(false);
      expect(other.heard.some(marked(7))).toBe(false);
    });
  });
}
