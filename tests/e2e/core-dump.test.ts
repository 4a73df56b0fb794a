/** What the system writes out of a node's memory and registers when it dies: of an open one its keys, of a locked one nothing. */
import { rmSync, statSync } from "node:fs";
import { send } from "@kith/api/testing";
import { afterAll, expect } from "vitest";
import { prepareDump } from "../support/core-dump.ts";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import { lockedLine, lockedSecrets, startWith } from "../support/locked-node.ts";
import { textNeedle } from "../support/needles.ts";
import { findInFile } from "../support/process-memory.ts";
import { needs } from "../support/require.ts";

const passphrase = "seven-herons-over-the-weir";
const texts = {
  "a message": "the-harbour-at-dawn-was-empty",
  "the name of a space": "Secret Harbour",
  "the name of a channel": "under-the-old-quay",
  "an own name": "Wilhelmina Quastenflosser",
  "the name of a member": "Bartholomew Zwetschgenknoedel",
} as const;

afterAll(endEverything);

needs("core-dump")(
  "[ST28] attack 18: no word, link, key or passphrase is in the core dump of a node that was open and was locked",
  async () => {
    const [opened, locked] = [prepareDump(), prepareDump()];
    const ann = await startWith(passphrase, { name: texts["an own name"], before: opened.before });
    const { dataDir } = ann;
    const bob = await startNode({ name: texts["the name of a member"] });
    const { id: space } = await ann.client.createSpace({ name: texts["the name of a space"] });
    await ann.client.createChannel(space, { name: texts["the name of a channel"] });
    const { link } = await ann.client.createInvite(space);
    expect(await bob.client.join(link, { waitMs: 60_000 })).toMatchObject({ done: true });
    await ann.client.post({ space, channel: "general", text: texts["a message"] });
    expect((await ann.client.search({ q: texts["a message"] })).items).toHaveLength(1);

    // What the second dump must not hold, the first one does: the same is looked for, in the same way.
    const first = await opened.take(ann.process);
    const again = await startWith(passphrase, { dataDir, before: locked.before });
    const url = `http://127.0.0.1:${again.ready.port}`;
    const lock = async (): Promise<void> => {
      expect((await runKith(["lock", "--data", dataDir])).code).toBe(0);
      await lockedLine(again.process);
    };
    const use = async (): Promise<void> => {
      const { items } = await again.client.messages({ space, channel: "general" });
      expect(items.map(({ text }) => text)).toEqual([texts["a message"]]);
      expect((await again.client.members(space)).items).toHaveLength(2);
      expect((await again.client.createInvite(space)).link).toContain("kith://join#");
    };
    await use();
    await lock();
    // Once more, by a passphrase that comes over its own door.
    const unlock = () =>
      send(`${url}/api/unlock`, { method: "POST", body: { passphrase }, headers: { origin: url } });
    await expect.poll(async () => (await unlock()).status, { timeout: 60_000, interval: 200 }).toBe(200);
    await use();
    await lock();
    expect((await send(`${url}/api/status`)).code).toBe("LOCKED");
    const needles = [
      ...(await lockedSecrets(dataDir, passphrase, texts)),
      textNeedle("an invite", link.slice(link.indexOf("#") + 1)),
      textNeedle("a token", again.ready.apiToken),
    ];
    const second = await locked.take(again.process);

    const found = findInFile(first, needles);
    console.log(
      `core dumps: ${statSync(first).size} bytes open, ${statSync(second).size} locked; open: ${found.join(", ")}`,
    );
    expect(found).toEqual(
      expect.arrayContaining([...Object.keys(texts), "Ann's header secret", "Ann's content secret"]),
    );
    expect(findInFile(second, needles)).toEqual([]);
    for (const file of [first, second]) rmSync(file);
  },
  600_000,
);
