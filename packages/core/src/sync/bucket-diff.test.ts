import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId } from "../ids.ts";
import { partOf } from "../ports/index.ts";
import { createBucketDiff } from "./bucket-diff.ts";

const idsOf = (from: number, to: number): EventId[] =>
  Array.from({ length: to - from }, (_, index) => toId<EventId>(sha256(utf8(`${from + index}`)))).toSorted();

it("[SY24] pages cut anywhere give the same difference as one page", () => {
  const held = idsOf(0, 40);
  fc.assert(
    fc.property(
      fc.subarray(idsOf(20, 80)),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (listed, cuts) => {
        const ids = listed.toSorted();
        const diff = createBucketDiff((range) => partOf(held, range));
        const weLack: EventId[] = [];
        let theyLack: readonly EventId[] = [];
        let at = 0;
        for (let page = 0; page === 0 || at < ids.length; page += 1) {
          const end = at + (cuts[page % cuts.length] as number);
          const found = diff.page(ids.slice(at, end), end >= ids.length);
          weLack.push(...(found?.weLack ?? []));
          theyLack = found?.theyLack ?? [];
          at = end;
        }
        const [own, theirs] = [new Set(held), new Set(ids)];
        expect(weLack).toEqual(ids.filter((id) => !own.has(id)));
        expect(theyLack).toEqual(held.filter((id) => !theirs.has(id)));
      },
    ),
  );
});
