import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { CoreError, sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { DeviceId, EpochId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import { createSeededRandom } from "../testing/index.ts";
import { BACKUP_CHUNK_BYTES_MAX, createBackupSealer, openBackup } from "./backup-file.ts";
import { decodeBackupRecord, encodeBackupRecord } from "./backup-records.ts";
import type { BackupRecord } from "./backup-records.ts";
import { keyOfPassphrase } from "./passphrase.ts";

const seed = sha256(utf8("a root"));
/** By the words alone: a passphrase would cost half a second for each case. */
const secrets = { seed };
const chunks = [utf8("the first"), new Uint8Array(70_000).fill(5), utf8(""), utf8("the last")];
let file: Uint8Array;

async function sealed(random = createSeededRandom("backup")): Promise<Uint8Array[]> {
  const { head, seal } = await createBackupSealer(secrets, random);
  return [head, ...chunks.map((chunk, at) => seal(chunk, at === chunks.length - 1))];
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(bytes: Uint8Array, size = 1_000): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const chunk of openBackup(pieces(bytes, size), secrets)) found.push(chunk);
  return found;
}

const codeOf = (bytes: Uint8Array): Promise<string> =>
  readAll(bytes).then(
    () => "read",
    (error: unknown) => {
      if (error instanceof CoreError) return error.code;
      throw error;
    },
  );

beforeAll(async () => {
  file = new Uint8Array(Buffer.concat(await sealed()));
});

test("[ID54] [ID55] chunks come back as they went in, whatever the pieces", async () => {
  for (const size of [1, 7, 4_096, file.length]) expect(await readAll(file, size)).toEqual(chunks);
  const { seal } = await createBackupSealer(secrets, createSeededRandom("x"));
  expect(() => seal(new Uint8Array(BACKUP_CHUNK_BYTES_MAX + 1), false)).toThrow(
    expect.objectContaining({ code: "BACKUP_CHUNK" }),
  );
  await expect(createBackupSealer({}, createSeededRandom("x"))).rejects.toMatchObject({
    code: "BACKUP_SECRET",
  });
});

test("[ID54] a passphrase counts in NFKC, with its salt, at a cost that is fixed", async () => {
  const salt = new Uint8Array(16).fill(1);
  const key = await keyOfPassphrase("caf\u00E9 au lait", salt);
  expect(Buffer.from(key).toString("hex")).toBe(
    Buffer.from(await keyOfPassphrase("cafe\u0301 au lait", salt)).toString("hex"),
  );
  expect(key).not.toEqual(await keyOfPassphrase("caf\u00E9 au lait", new Uint8Array(16).fill(2)));
}, 30_000);

test("[ID55] a cut, a bit, a chunk left out, repeated or moved, a foreign chunk, and what follows the end are found out", async () => {
  const parts = await sealed();
  const [head = file, first = file, second = file, third = file, last = file] = parts;
  const others = await sealed(createSeededRandom("another"));
  const joined = (...some: Uint8Array[]) => new Uint8Array(Buffer.concat(some));
  for (const bad of [
    joined(head),
    joined(head, first, second, third),
    joined(head, second, third, last),
    joined(head, first, first, second, third, last),
    joined(head, second, first, third, last),
    joined(head, others[1] ?? file, second, third, last),
    joined(others[0] ?? file, first, second, third, last),
    joined(head, last),
    joined(...parts, new Uint8Array(1)),
    joined(...parts, last),
  ])
    expect(await codeOf(bad)).toBe("BACKUP_DAMAGED");
  expect(await codeOf(utf8("PK\u0003\u0004 some other file"))).toBe("BACKUP_FORMAT");
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), async (at, bit) => {
      const altered = file.slice();
      altered[at] = (altered[at] ?? 0) ^ (1 << bit);
      expect(await codeOf(altered)).toMatch(/^BACKUP_/);
      expect(await codeOf(file.slice(0, at))).toMatch(/^BACKUP_/);
    }),
    { numRuns: 200 },
  );
}, 30_000);

test("[ID55] any bytes are refused with a code, and lengths that they state cost no memory", async () => {
  const huge = file.slice();
  const headBytes = 12 + new DataView(file.buffer, file.byteOffset + 8).getUint32(0);
  huge.set([0xff, 0xff, 0xff, 0xff], headBytes);
  expect(await codeOf(huge)).toBe("BACKUP_DAMAGED");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, isBegun) => {
      const whole = isBegun ? new Uint8Array(Buffer.concat([utf8("KITHBAK1"), bytes])) : bytes;
      expect(await codeOf(whole)).toMatch(/^BACKUP_/);
    }),
    { numRuns: 300 },
  );
});

const id = <Id extends string>(name: string): Id => toId(sha256(utf8(name))) as string as Id;
const records: BackupRecord[] = [
  {
    type: "about",
    madeMs: 1_777_800_000_000,
    person: id<PersonId>("person"),
    name: "Ann",
    device: id<DeviceId>("device"),
    rootSeed: seed,
  },
  {
    type: "keys",
    keys: [
      {
        space: id<SpaceId>("space"),
        scope: id<ScopeId>("scope"),
        epoch: id<EpochId>("epoch"),
        secrets: new Uint8Array(64),
      },
    ],
  },
  { type: "values", values: [{ key: "settings/theme", value: utf8('"dark"') }] },
  { type: "events", scope: id<ScopeId>("scope"), outers: [new Uint8Array(300), new Uint8Array(5)] },
  { type: "end", spaces: 1, keys: 1, events: 2 },
];

test("[ID56] records are read as they were written, and refused with one field changed", () => {
  for (const record of records) {
    const bytes = encodeBackupRecord(record);
    expect(decodeBackupRecord(bytes)).toEqual(record);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = bytes.slice();
        altered[at] = (altered[at] ?? 0) ^ change;
        try {
          expect(encodeBackupRecord(decodeBackupRecord(altered))).toEqual(altered);
        } catch (error) {
          expect(error).toMatchObject({ code: "BACKUP_DAMAGED" });
        }
      }),
      { numRuns: 200 },
    );
  }
  for (const bytes of [new Uint8Array(), new Uint8Array([0x80]), new Uint8Array([0x81, 9]), utf8("hello")])
    expect(() => decodeBackupRecord(bytes)).toThrow(expect.objectContaining({ code: "BACKUP_DAMAGED" }));
});
