/** A direct conversation of two real nodes: what was caught on its way opens with nothing that is found on their disks later. */
import { advanceChain, bodyKeyAt, decodeOuter, openEvent, withSealedSource } from "@kith/core";
import type { EpochKeys } from "@kith/core";
import { afterAll, expect, test } from "vitest";
import { readAll, readStore } from "../support/kept-store.ts";
import type { KeptStore } from "../support/kept-store.ts";
import { endEverything, runKith, startAgain, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

afterAll(endEverything);

const TEXTS = ["the-otter-knows-the-way", "meet-at-the-old-pier", "bring-nothing-written"] as const;

async function run(node: RunningKith, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runKith([...words, "--data", node.dataDir]);
  if (code !== 0) throw new Error(`kith ${words.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** With every key of the store, and every one that follows from a key of its chains. */
function readsOf({ keys, chains }: KeptStore, caught: KeptStore): string[] {
  const found: string[] = [];
  for (const bytes of caught.events)
    for (const each of keys.filter(({ profile }) => profile === "sealed")) {
      for (const key of [null, ...candidates(each, chains)]) {
        const text = textWith(bytes, withSealedSource(each, { bodyOf: () => null, keyOf: () => key }));
        if (text !== null) found.push(text);
      }
    }
  return [...new Set(found)];
}

function candidates({ epoch }: EpochKeys, chains: KeptStore["chains"]): Uint8Array[] {
  return chains
    .filter((chain) => chain.epoch === epoch)
    .flatMap((chain) => chain.keys)
    .flatMap((key) => [
      key,
      ...Array.from({ length: 60 }, (_, n) => bodyKeyAt(advanceChain({ index: 0, key }, n))),
    ]);
}

/** null: it does not open so. */
function textWith(bytes: Uint8Array, keys: EpochKeys): string | null {
  try {
    const { body, header } = openEvent(decodeOuter(bytes), keys);
    return body && header.ratchet !== null ? Buffer.from(body).toString("utf8") : null;
  } catch (error) {
    if (["EVENT_TAG", "EVENT_BODY"].includes((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}

test("[EP96] [EP98] when both have it, no key in either directory opens what two people said; both still read it", async () => {
  const [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
  await run(ann, "space", "create", "Harbour");
  const { link } = JSON.parse(await run(ann, "invite", "Harbour", "--json")) as { link: string };
  await run(ben, "join", link);
  const { id: space } = await ann.client.direct({ person: "Ben", text: TEXTS[0] });
  await expect.poll(async () => (await ben.client.requests()).items.length, { timeout: 60_000 }).toBe(1);
  const [request] = (await ben.client.requests()).items;
  await ben.client.acceptRequest(request?.id ?? "");
  const texts = async (node: RunningKith): Promise<string[]> =>
    (await node.client.messages({ space, limit: 50 })).items.map(({ text }) => text);
  await expect.poll(() => texts(ben).catch(() => []), { timeout: 60_000 }).toEqual([TEXTS[0]]);
  await ben.client.post({ space, channel: "general", text: TEXTS[1] });
  await expect.poll(() => texts(ann), { timeout: 60_000 }).toHaveLength(2);
  await ann.client.post({ space, channel: "general", text: TEXTS[2] });
  for (const node of [ann, ben])
    await expect.poll(() => texts(node), { timeout: 60_000 }).toEqual([...TEXTS]);
  const isDelivered = async (node: RunningKith): Promise<boolean> =>
    (await node.client.messages({ space, limit: 50 })).items.every(
      ({ delivery }) => delivery.devices === delivery.of,
    );
  for (const node of [ann, ben]) await expect.poll(() => isDelivered(node), { timeout: 60_000 }).toBe(true);

  // While they still hold the secrets, who takes a store reads all of it with what was caught: the test can tell.
  const places = [ann, ben].map(({ dataDir }) => dataDir);
  const isDestroyed = (): boolean =>
    places.every((place) =>
      readStore(place).keys.every(
        ({ profile, secrets }) => profile !== "sealed" || secrets.contentSecret === null,
      ),
    );
  await expect.poll(isDestroyed, { timeout: 60_000 }).toBe(true);
  await Promise.all([ann.stop(), ben.stop()]);
  const stores = places.map(readStore);
  for (const store of stores) {
    expect(store.chains.flatMap(({ keys }) => keys).length).toBeGreaterThan(0);
    for (const caught of stores) expect(readsOf(store, caught)).toEqual([]);
    // Of the common space, an archive, they open everything: these are the keys.
    expect(readAll(store.keys, store).filter(({ body }) => body !== null).length).toBeGreaterThan(0);
  }

  const [again, other] = await Promise.all([startAgain(ann), startAgain(ben)]);
  for (const node of [again, other]) expect(await texts(node)).toEqual([...TEXTS]);
  for (const node of [again, other])
    expect(JSON.parse(await run(node, "verify", "--json"))).toMatchObject({ ok: true });
}, 300_000);
