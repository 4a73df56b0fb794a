/** The examples of spec/vectors/cells.json, from fixed seeds. Tests compare, spec/vectors/write-links.ts writes. Not exported. */
import { sha256, utf8 } from "../crypto/index.ts";
import type { EventId, ShortId } from "../ids.ts";
import { createBloomFilter, encodeBloomFilter } from "./bloom/bloom-filter.ts";
import { CELLS_MAX } from "./limits.ts";
import { decoderOf, idsOf, sketchOf, testScope } from "./riblt/cell-fixtures.ts";
import { cellIndexes } from "./riblt/cell-index.ts";
import { dayCellKey, sessionCellKey, shortIdOf } from "./riblt/short-id.ts";

const CELLS = 24;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ids = idsOf("cell vector", 9);
const secret = sha256(utf8("secret"));

function indexesOf(short: ShortId): number[] {
  const bytes = Buffer.from(short, "hex");
  return cellIndexes(bytes.readInt32BE(0), bytes.readInt32BE(4), CELLS_MAX);
}

function setOf(held: readonly EventId[], key: Uint8Array): object {
  return { ids: held, cells: hex(sketchOf(held, key).cells(0, CELLS)) };
}

export function cellVectors(): object {
  const key = dayCellKey(secret, { scope: testScope, day: 20_783 });
  const [theirs, ours] = [ids.slice(0, 6), ids.slice(3, 9)];
  const { decoder, cells } = decoderOf({ key, theirs, ours, length: CELLS });
  const salt = sha256(utf8("salt")).subarray(0, 16);
  return {
    version: 1,
    keys: {
      scope: testScope,
      secret: hex(secret),
      day: { day: 20_783, key: hex(key) },
      session: { session: 7, key: hex(sessionCellKey(secret, { scope: testScope, session: 7 })) },
    },
    items: ids.map((id) => {
      const short = shortIdOf(key, id);
      const check = hex(sketchOf([id], key, 1).cells(0, 1).subarray(8, 12));
      return { id, short, check, indexes: indexesOf(short) };
    }),
    exchange: { theirs: setOf(theirs, key), ours: setOf(ours, key), result: decoder.take(cells) },
    filters: [0.05, 0.001].map((rate) => ({
      rate,
      ids,
      salt: hex(salt),
      filter: hex(encodeBloomFilter(createBloomFilter(ids, { salt, rate }))),
    })),
  };
}
