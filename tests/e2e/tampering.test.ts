/**
 * Somebody had the data directory in hand, with its key or without: every alteration is named by `kith verify`,
 * reaches nobody else, and what is served afterwards is what was signed. Spec: store ST7, ST8, ST10.
 */
import { chmodSync, cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeOuter } from "@kith/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { Checked } from "../support/crash.ts";
import { runKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { agree, listAll, meet, say, spaceName } from "../support/meeting.ts";
import type { Told } from "../support/meeting.ts";
import { alterStore, copyDirectory, databaseFile, flipInOuter } from "../support/opened-store.ts";
import type { Opened, OuterPart } from "../support/opened-store.ts";
import { createWriter } from "../support/writer.ts";

const MESSAGES = 60;
const FLIPS = 24;
/** Each of these flipped copies is started as well: a start takes a second. */
const FLIPS_STARTED_EVERY = 3;
const TRUNCATIONS = 8;

/** Directories of stopped nodes; tests work on copies of them. */
let annData: string;
let bobData: string;
let told: Told[];
/** Ann's, in the middle of her chain. */
let target: Told;
/** Ann's, the last of her chain. */
let last: Told;
let reaction: string;
let link: string;

beforeAll(async () => {
  annData = join(temporaryDirectory(), "data");
  bobData = join(temporaryDirectory(), "data");
  const ann = await startCrashable(annData, "Ann");
  const bob = await startCrashable(bobData, "Bob");
  await meet(ann, [bob]);
  for (let n = 1; n <= MESSAGES; n += 1) await say(n % 3 === 0 ? bob : ann, `message ${n}`);
  await agree([ann, bob], MESSAGES);
  told = await listAll(ann);
  const own = told.filter(({ author }) => author === ann.person);
  [target, last] = [own[10] as Told, own.at(-1) as Told];
  await ann.ask("POST", `/api/messages/${target.id}/reactions`, { emoji: "👍" });
  // So that the last event of Ann's chain is one that others follow, and a message.
  last = await say(ann, "message last");
  told.push(last);
  await agree([ann, bob], told.length);
  ({ link } = await ann.ask<{ link: string }>("POST", `/api/spaces/${spaceName}/invites`, { uses: 5 }));
  await bob.until("Bob has all", async () => {
    const { items } = await bob.ask<{ items: { inSync: boolean }[] }>("GET", "/api/peers");
    return items.length > 0 && items.every(({ inSync }) => inSync);
  });
  await Promise.all([ann.stop(), bob.stop()]);
  expect(await verify(annData)).toMatchObject({ code: 0, report: { ok: true, messages: told.length } });
  alterStore(annData, (database) => {
    const row = database.prepare("SELECT lower(hex(event)) AS id FROM reactions").get() as { id: string };
    reaction = row.id;
  });
}, 60_000);
afterAll(endCrashable);

const blob = (id: string): Buffer => Buffer.from(id, "hex");

function bytesOf(database: Opened, id: string): Buffer {
  return database.prepare("SELECT bytes FROM events WHERE id = ?").pluck().get(blob(id)) as Buffer;
}

function setBytes(database: Opened, id: string, bytes: Buffer): void {
  database.prepare("UPDATE events SET bytes = ? WHERE id = ?").run(bytes, blob(id));
}

function setColumn(column: string, value: string) {
  return (database: Opened): void => {
    database.prepare(`UPDATE events SET ${column} = ${value} WHERE id = ?`).run(blob(target.id));
  };
}

const arrivalOf = "(SELECT arrival FROM events WHERE id = ?)";

function subjects({ report }: Checked): string[] {
  return [...new Set(report?.problems.map(({ subject }) => subject))];
}

describe("an event altered by somebody who has the key", () => {
  /** Alters a copy; verify must end with 1 and name these ids, and no other event. */
  async function expectNamed(alter: (database: Opened) => void, ids: readonly string[]): Promise<Checked> {
    const copy = copyDirectory(annData);
    alterStore(copy, alter);
    const checked = await verify(copy);
    expect(checked.code, checked.stderr).toBe(1);
    const named = subjects(checked).filter((subject) => subject !== "database");
    expect(named.sort(), JSON.stringify(checked.report?.problems)).toEqual([...ids].sort());
    rmSync(copy, { recursive: true });
    return checked;
  }

  const parts: readonly [string, OuterPart, "start" | "end"][] = [
    ["the sealed body", "sealedBody", "start"],
    ["the body's authentication tag", "sealedBody", "end"],
    ["the sealed header", "sealedHeader", "start"],
    ["the header's authentication tag", "sealedHeader", "end"],
    ["the nonce", "nonce", "start"],
    ["the committing tag", "tag", "start"],
  ];
  test.each(parts)("[ST10] one bit of %s is named by the event's id", async (_, part, where) => {
    const alter = (database: Opened): void =>
      setBytes(database, target.id, flipInOuter(bytesOf(database, target.id), part, where));
    await expectNamed(alter, [target.id]);
  });

  test.each(parts)(
    "[ST10] one bit of %s is named also where the id was made to fit",
    async (_, part, where) => {
      let forged = "";
      const alter = (database: Opened): void => {
        const bytes = flipInOuter(bytesOf(database, target.id), part, where);
        forged = decodeOuter(bytes).id;
        database
          .prepare("UPDATE events SET bytes = ?, id = ? WHERE id = ?")
          .run(bytes, blob(forged), blob(target.id));
      };
      const copy = copyDirectory(annData);
      alterStore(copy, alter);
      const checked = await verify(copy);
      expect(checked.code).toBe(1);
      // The forged one does not open, and the true one is missed by those that follow it.
      expect(subjects(checked)).toEqual(expect.arrayContaining([forged, target.id]));
    },
  );

  const columns: readonly [string, string][] = [
    ["seq", "seq + 1000"],
    ["prev", "zeroblob(32)"],
    [
      "device",
      "(SELECT device FROM events e WHERE e.scope = events.scope AND e.device <> events.device LIMIT 1), seq = 900",
    ],
    ["scope", "(SELECT scope FROM events e WHERE e.scope <> events.scope LIMIT 1), seq = 900"],
    ["parents", "zeroblob(32)"],
    ["time_ms", "time_ms + 1"],
    ["bucket", "bucket + 1"],
    ["kind", "kind + 1"],
  ];
  test.each(columns)("[ST10] an altered column %s is named by the event's id", async (column, value) => {
    await expectNamed(setColumn(column, value), [target.id]);
  });

  test("[ST10] two events with each other's id are both named", async () => {
    await expectNamed(
      (database) => {
        const set = database.prepare("UPDATE events SET id = ? WHERE id = ?");
        set.run(Buffer.alloc(32), blob(target.id));
        set.run(blob(target.id), blob(last.id));
        set.run(blob(last.id), Buffer.alloc(32));
      },
      [target.id, last.id],
    );
  });

  const remove =
    (id: string) =>
    (database: Opened): void => {
      database.prepare(`DELETE FROM messages WHERE arrival = ${arrivalOf}`).run(blob(id));
      database.prepare("DELETE FROM events WHERE id = ?").run(blob(id));
    };
  test("[ST10] an event taken out of the middle of a chain is named, its row in the list gone too", async () => {
    const checked = await expectNamed(remove(target.id), [target.id]);
    expect(checked.report?.problems).toContainEqual(
      expect.objectContaining({ subject: target.id, code: "EVENT_MISSING" }),
    );
  });

  test("[ST10] the last event of a chain is named when it is taken out, by what is left of it", async () => {
    await expectNamed(remove(last.id), [last.id]);
    // Also when heads and counts were made to fit: the log of changes tells of it.
    await expectNamed(
      (database) => {
        const id = { id: blob(last.id) };
        const its = (column: string): string => `(SELECT ${column} FROM events WHERE id = @id)`;
        database.prepare(`UPDATE heads SET id = ${its("prev")} WHERE id = @id`).run(id);
        const bucket = `scope = ${its("scope")} AND bucket = ${its("bucket")}`;
        database.prepare(`UPDATE buckets SET count = count - 1 WHERE ${bucket}`).run(id);
        remove(last.id)(database);
      },
      [last.id],
    );
  });

  const views: readonly [string, string][] = [
    ["the text of a message", `UPDATE messages SET text = 'message altered' WHERE arrival = ${arrivalOf}`],
    ["the author of a message", `UPDATE messages SET author = author + 1 WHERE arrival = ${arrivalOf}`],
    ["the time of a message", `UPDATE messages SET time_ms = time_ms + 1 WHERE arrival = ${arrivalOf}`],
    ["what a message answers", `UPDATE messages SET reply_to = zeroblob(32) WHERE arrival = ${arrivalOf}`],
    ["when a message ends", `UPDATE messages SET expires_ms = 9999999999999 WHERE arrival = ${arrivalOf}`],
    ["a message's place in the list", `DELETE FROM messages WHERE arrival = ${arrivalOf}`],
  ];
  test.each(views)("[ST10] %s, altered in the view alone, is named by the event's id", async (_, sql) => {
    await expectNamed((database) => void database.prepare(sql).run(blob(target.id)), [target.id]);
  });

  test("[ST10] a message or a reaction that nobody signed is named, and a reaction that is hidden", async () => {
    await expectNamed(
      (database) => {
        // The reaction's event, listed as if it were a message.
        database
          .prepare(
            `INSERT INTO messages SELECT ${arrivalOf}, space, channel, scope, author, device, 900, time_ms, time_count, NULL, NULL, 'never said', NULL, NULL, 0, NULL FROM messages LIMIT 1`,
          )
          .run(blob(reaction));
      },
      [reaction],
    );
    await expectNamed((database) => void database.exec("UPDATE reactions SET present = 0"), [reaction]);
    await expectNamed(
      (database) => {
        database.prepare("UPDATE reactions SET emoji = '👎' WHERE event = ?").run(blob(reaction));
      },
      [reaction],
    );
  });

  test("[ST10] an altered name of a channel or a person is named", async () => {
    const copy = copyDirectory(annData);
    alterStore(copy, (database) => {
      database.exec("UPDATE channels SET name = 'elsewhere'; UPDATE people SET name = 'Mallory'");
    });
    const checked = await verify(copy);
    expect([checked.code, checked.report?.problems.map(({ code }) => code)]).toEqual([
      1,
      ["VIEW_ALTERED", "VIEW_ALTERED", "VIEW_ALTERED"],
    ]);
  });

  test("[ST10] a running node names it too, finds nothing wrong amid its own writing, and serves the rest", async () => {
    const copy = copyDirectory(annData);
    const sound = await startCrashable(copy, "Ann", { args: ["--lan", "off"] });
    const writer = createWriter("Busy");
    const burst = writer.burst(sound, 3_000);
    for (let round = 0; round < 5; round += 1) expect(subjects(await verify(copy))).toEqual([]);
    await burst;
    expect(subjects(await verify(copy))).toEqual([]);
    await sound.stop();

    alterStore(copy, (database) => {
      setBytes(database, target.id, flipInOuter(bytesOf(database, target.id), "sealedBody", "start"));
    });
    const node = await startCrashable(copy, "Ann", { args: ["--lan", "off"] });
    const checked = await verify(copy);
    expect([checked.code, subjects(checked)]).toEqual([1, [target.id]]);
    expect((await listAll(node)).length).toBe(told.length + writer.answered.size);
    await node.stop();
  }, 30_000);

  test("[ST10] an altered event is refused by others, who take the sound one from whoever has it", async () => {
    const copy = copyDirectory(annData);
    alterStore(copy, (database) => {
      setBytes(database, target.id, flipInOuter(bytesOf(database, target.id), "sealedBody", "start"));
    });
    // A copy waits for its neighbours before it writes; this one takes the original's place.
    const ann = await startCrashable(copy, "Ann", { args: ["--moved"] });
    const cem = await startCrashable(join(temporaryDirectory(), "data"), "Cem");
    await cem.ask("POST", "/api/join", { link, waitMs: 0 });
    await cem.until("Cem has had something to refuse", async () => {
      const { items } = await cem.ask<{ items: { id: string; reputation: number }[] }>("GET", "/api/peers");
      return items.some(({ id, reputation }) => id === ann.ready.deviceId && reputation < 100);
    });
    expect((await listAll(cem)).map(({ id }) => id)).not.toContain(target.id);
    const bob = await startCrashable(copyDirectory(bobData), "Bob");
    await cem.until("Cem has what Bob has", async () => (await listAll(cem)).length === told.length, 30_000);
    expect((await listAll(cem)).map(({ id, text }) => [id, text])).toEqual(
      told.map(({ id, text }) => [id, text]),
    );
    expect(subjects(await verify(cem.ready.dataDir))).toEqual([]);
    await Promise.all([ann, bob, cem].map((node) => node.stop()));
  }, 60_000);
});

/** Seeded, so that a failure can be had again: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Whatever it then does is plain: what is served is what was signed, what cannot be done says why and what next. */
async function startDamaged(dataDir: string): Promise<string> {
  let node: RunningKith;
  try {
    node = await startNode({ dataDir, args: ["--lan", "off"] });
  } catch (error) {
    const [, stderr = ""] = String(error).split("stderr: ");
    // Its last words; lines of the log may stand before them.
    const refused = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as {
      error: { code: string; message: string };
    };
    expect(refused.error).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining("kith verify") as string,
    });
    return "start refused";
  }
  const { ready, process } = node;
  const path = `/api/messages?space=${spaceName}&channel=general&limit=500`;
  const headers = { authorization: `Bearer ${ready.apiToken}` };
  try {
    const answer = await fetch(`${ready.url}${path}`, { headers });
    const { items, error } = (await answer.json()) as { items: Told[]; error?: { code: string } };
    await node.stop();
    if (error) {
      expect(answer.status).toBe(503);
      expect(error).toMatchObject({
        code: "STORE_FAILED",
        next: expect.stringContaining("kith verify") as string,
      });
      return "started, reading refused";
    }
    const texts = new Map(told.map(({ id, text }) => [id, text]));
    for (const { id, text } of items) expect(text).toBe(texts.get(id));
    return items.length === told.length ? "started, all served" : "started, some served";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The damage came to light in its own work: it ended rather than go on beside it.
    expect((await process.exited).code).toBe(1);
    expect(process.stderr()).toContain("the store's file is damaged");
    return "ended with the reason";
  }
}

describe("a file damaged by somebody who has no key", () => {
  test(`[ST8] [ST10] attack 35: ${FLIPS} flipped bytes over the file are each named or were in no use, and nothing false is served`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = createRandom(seed);
    const size = statSync(join(annData, databaseFile)).size;
    const outcomes: Record<string, number> = {};
    const count = (what: string): void => void (outcomes[what] = (outcomes[what] ?? 0) + 1);
    for (let flip = 0; flip < FLIPS; flip += 1) {
      // One in each part of the file, so that no stretch of it is left out.
      const offset = Math.floor(((flip + random()) / FLIPS) * size);
      const how = `seed ${seed}, offset ${offset} of ${size}`;
      const copy = copyDirectory(annData);
      const file = join(copy, databaseFile);
      const bytes = readFileSync(file);
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(file, bytes);

      const { code, report, stderr } = await verify(copy);
      const named = report?.problems.length ?? 0;
      if (code === 0) count("in no use");
      else if (report) {
        expect([code, named > 0], `${how} ${stderr}`).toEqual([1, true]);
        count("named");
      } else {
        const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
        expect([code, error.code], how).toEqual([1, "STORE_CORRUPT"]);
        count("refused to open");
      }
      if (code !== 0 && flip % FLIPS_STARTED_EVERY !== 0) continue;
      const served = await startDamaged(copy);
      if (code === 0) expect(served, how).toBe("started, all served");
      count(served);
      rmSync(copy, { recursive: true });
    }
    // Only the few pages that describe the tables keep it from opening; any other damage leaves a report.
    expect(outcomes["refused to open"] ?? 0, `seed ${seed}`).toBeLessThanOrEqual(FLIPS / 4);
    console.log(`${FLIPS} flipped bytes (seed ${seed}): ${JSON.stringify(outcomes)}`);
  }, 300_000);

  test(`[ST2] [ST8] attack 35: a write-ahead log cut off anywhere after a kill starts, and holds a beginning of what was written, whole`, async () => {
    const data = copyDirectory(annData);
    const node = await startCrashable(data, "Ann", { args: ["--lan", "off", "--moved"] });
    const writer = createWriter("Cut");
    const burst = writer.burst(node, 100_000);
    await node.until("enough is answered", () => writer.answered.size >= 400);
    await node.kill();
    await burst;
    const wal = `${databaseFile}-wal`;
    const size = statSync(join(data, wal)).size;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (let cut = 0; cut < TRUNCATIONS; cut += 1) {
      const copy = copyDirectory(data);
      const length = Math.floor(((cut + Math.random()) / TRUNCATIONS) * size);
      truncateSync(join(copy, wal), length);
      // The shared memory is of the dead process; a machine that lost power has none.
      rmSync(join(copy, `${databaseFile}-shm`), { force: true });
      const { code, report, stderr } = await verify(copy);
      expect([code, report?.problems], `cut at ${length} of ${size} ${stderr}`).toEqual([0, []]);
      if (cut % 4 === 0) {
        const again = await startCrashable(copy, "Ann", { args: ["--lan", "off"] });
        const kept = (await listAll(again)).filter(({ text }) => text.startsWith("Cut"));
        // Under the ids that were answered. What was synced after the cut is lost: no file system does that by itself.
        for (const { id, text } of kept)
          if (writer.answered.has(text)) expect(writer.answered.get(text)).toBe(id);
        await again.stop();
      }
      const messages = (report?.messages ?? 0) - told.length;
      [least, most] = [Math.min(least, messages), Math.max(most, messages)];
      rmSync(copy, { recursive: true });
    }
    expect(least).toBeGreaterThanOrEqual(0);
    // Whole, it holds all that was answered.
    expect((await verify(data)).report?.messages).toBeGreaterThanOrEqual(told.length + writer.answered.size);
    console.log(
      `write-ahead log of ${size} bytes cut at ${TRUNCATIONS} places: ${least} to ${most} of ${writer.answered.size} answered messages left`,
    );
  }, 60_000);
});

describe("a key or a store of another kind", () => {
  async function expectRefused(data: string, code: string, words: RegExp): Promise<void> {
    const commands = [
      ["up", "--json", "--no-open", "--data", data, "--port", "0", "--peer-port", "0", "--lan", "off"],
      ["verify", "--json", "--data", data],
    ];
    for (const command of commands) {
      const ended = await runKith(command);
      const { error } = JSON.parse(ended.stderr.trim().split("\n").at(-1) ?? "") as {
        error: { code: string; message: string };
      };
      expect([ended.code, error.code, error.message], command[0]).toEqual([
        1,
        code,
        expect.stringMatching(words),
      ]);
    }
  }

  test("[ST7] a key file that others may read is refused with what to do", async () => {
    const copy = copyDirectory(annData);
    chmodSync(join(copy, "key"), 0o644);
    await expectRefused(copy, "KEY_FILE_MODE", /chmod 600/);
  });

  test("[ST8] a key of another directory is refused as such, and the data is untouched", async () => {
    const copy = copyDirectory(annData);
    cpSync(join(bobData, "key"), join(copy, "key"));
    await expectRefused(copy, "STORE_KEY", /put back the key file/);
    cpSync(join(annData, "key"), join(copy, "key"));
    expect(await verify(copy)).toMatchObject({ code: 0, report: { ok: true } });
  });

  test("[ST8] a directory of a newer version is refused and left as it is", async () => {
    const copy = copyDirectory(annData);
    alterStore(copy, (database) => void database.pragma("user_version = 9999"));
    const before = readFileSync(join(copy, databaseFile));
    await expectRefused(copy, "STORE_NEWER", /update Kith/);
    expect(readFileSync(join(copy, databaseFile)).equals(before)).toBe(true);
  });
});
