/** The store of a page over a real node that is killed under it: nothing is lost, nothing is doubled. */
import { createKithStore } from "@kith/react";
import type { KithStore } from "@kith/react";
import { afterAll, expect, test } from "vitest";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { createPageHost } from "../support/page-host.ts";

const CRASH_MS_MAX = 120_000;
/** Where in typing, saving and sending each kill falls: the same in every run. Each is a restart of about a second. */
const KILL_AFTER_MS = [15, 60, 150, 280, 420];

afterAll(endEverything);

interface Place {
  readonly space: string;
  readonly channel: string;
}

async function allTexts({ client }: RunningKith, place: Place): Promise<string[]> {
  const { items, next } = await client.messages({ ...place, limit: 500 });
  expect(next).toBeNull();
  return items.map(({ text }) => text);
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 15_000, interval: 20 }).toBe(true);
}

const isSettled = (store: KithStore, place: Place): boolean =>
  store.connection.get().isConnected &&
  store.draft(place.channel).get().isSaved &&
  store
    .messages(place)
    .get()
    .rows.every(({ state }) => state === "saved");

test(
  "[expectation 7] killed again and again while somebody types and sends: each message once, in its order, and the draft",
  async () => {
    let node = await startNode({ name: "Ann" });
    const { ready, dataDir } = node;
    const store = createKithStore({ client: node.client, host: createPageHost() });
    await until(() => store.connection.get().isConnected);
    const space = await store.spaces.get().createSpace({ name: "Climbing" });
    const place = { space: space.id, channel: space.channels[0]?.id ?? "" };
    store.messages(place).subscribe(() => undefined);
    await until(() => store.messages(place).get().isAtLatest);
    const sent: string[] = [];
    for (let round = 0; round < KILL_AFTER_MS.length; round += 1) {
      const death = new AbortController();
      const killed = new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS[round]))
        .then(() => node.kill())
        .then(() => death.abort());
      for (let n = 0; !death.signal.aborted || n % 4 !== 0; n += 1) {
        const text = `message ${n} of round ${round}`;
        for (let letters = 1; letters <= text.length; letters += 1)
          store.draft(place.channel).get().setText(text.slice(0, letters));
        // Now and then the draft is on its way to the node when its message is sent.
        if (n % 2 === 0) store.draft(place.channel).get().flush();
        store.messages(place).get().send(text);
        sent.push(text);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      store.draft(place.channel).get().setText(`draft of round ${round}`);
      await killed;
      node = await startNode({ dataDir, args: ["--port", String(ready.port)] });
      await until(() => isSettled(store, place));
      expect(await allTexts(node, place)).toEqual(sent);
      const shown = store.messages(place).get().rows;
      expect(shown.map(({ text }) => text)).toEqual(sent);
      expect((await node.client.conversations()).items[0]?.draft?.text).toBe(`draft of round ${round}`);
    }
    store.close();
  },
  CRASH_MS_MAX,
);
