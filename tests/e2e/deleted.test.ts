/** A deleted message, and an old copy of a data directory that still has it whole. spec/space SP143, spec/store ST21. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { CrashableNode } from "../support/crash.ts";
import { temporaryDirectory } from "../support/kith-process.ts";
import { hears, joinBy, listAll, meet, say } from "../support/meeting.ts";
import { findNeedles, textNeedle } from "../support/needles.ts";
import { alterStore } from "../support/opened-store.ts";

afterEach(endCrashable);

/** On a machine that others share, what takes a second alone. */
const LOADED_MS = 60_000;
const secret = "the-key-is-under-the-third-stone";
const said = "and-the-door-is-the-green-one";

const isGone = (node: CrashableNode): Promise<boolean> =>
  listAll(node).then((all) => all.every(({ text }) => text !== secret && text !== said));

/** Every page of the database as it is decrypted, and every other file as it lies there. */
function bytesOf(data: string): Buffer[] {
  const pages: Buffer[] = [];
  alterStore(data, (database) => void pages.push(database.serialize()));
  const files = readdirSync(data, { recursive: true, encoding: "utf8" })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile());
  return [...pages, ...files.map((path) => readFileSync(path))];
}

test("[SP143] attack 29: an old copy of a data directory that is started again brings a deleted message back to nobody, and loses it", async () => {
  const [annData, data, old, cemData] = [0, 1, 2, 3].map(() => join(temporaryDirectory(), "data")) as [
    string,
    string,
    string,
    string,
  ];
  const ann = await startCrashable(annData, "Ann");
  let bob = await startCrashable(data, "Bob");
  const { space } = await meet(ann, [bob]);
  const { id } = await say(ann, secret);
  await ann.ask("PATCH", `/api/messages/${id}`, { text: said });
  await say(ann, "what stays");
  await hears(bob, said, LOADED_MS);
  await hears(bob, "what stays", LOADED_MS);
  await bob.stop();
  cpSync(data, old, { recursive: true });
  bob = await startCrashable(data, "Bob");
  await ann.ask("DELETE", `/api/messages/${id}`);
  await bob.until("it is deleted there", () => isGone(bob), LOADED_MS);
  await bob.stop();
  const { link } = await ann.ask<{ link: string }>("POST", `/api/spaces/${space}/invites`, { uses: 1 });
  const cem = await startCrashable(cemData, "Cem");
  await joinBy(cem, link);
  await hears(cem, "what stays", LOADED_MS);

  rmSync(data, { recursive: true });
  cpSync(old, data, { recursive: true });
  // The copy does hold it.
  expect(findNeedles([textNeedle("the edit", said)], bytesOf(old))).toEqual(["the edit"]);
  await say(ann, "after");
  bob = await startCrashable(data, "Bob");
  await hears(bob, "after", LOADED_MS);
  await bob.until("it is deleted there again", () => isGone(bob), LOADED_MS);
  await say(cem, "from Cem");
  for (const node of [ann, bob, cem]) {
    await hears(node, "from Cem", LOADED_MS);
    expect(await isGone(node)).toBe(true);
    // The log is told as things are now.
    expect(JSON.stringify(await node.ask("GET", "/api/poll?since=0&wait=0"))).not.toContain("green-one");
    const found = await node.ask<{ items: unknown[] }>("GET", `/api/search?q=${said.split("-").at(-2)}`);
    expect(found.items).toEqual([]);
  }
  await Promise.all([ann, bob, cem].map((node) => node.stop()));
  const needles = [textNeedle("the message", secret), textNeedle("the edit", said)];
  for (const each of [annData, data, cemData]) {
    expect(findNeedles(needles, bytesOf(each))).toEqual([]);
    expect((await verify(each)).report?.problems).toEqual([]);
  }
}, 240_000);
