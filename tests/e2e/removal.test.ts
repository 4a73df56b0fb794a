/** A member is removed while cut off with another: real processes, real stores, and what the removed one's keys open. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWith, reachableKeys, readAll, readStore } from "../support/kept-store.ts";
import type { ReadEvent } from "../support/kept-store.ts";
import { openLan } from "../support/lan.ts";
import type { Lan } from "../support/lan.ts";
import { agree, hears, listAll, meet, peerIds, say } from "../support/meeting.ts";
import type { NodeProcess } from "../support/node-process.ts";
import { needs } from "../support/require.ts";

/** Of an event: every event of the members' log that its author states to have known. */
function knownBy(events: readonly ReadEvent[]): (id: string) => ReadonlySet<string> {
  const byId = new Map(events.map((event) => [event.id, event]));
  return (id) => {
    const known = new Set<string>();
    const open = [...(byId.get(id)?.header.auth ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (known.has(next)) continue;
      known.add(next);
      const { parents = [], prev = null } = byId.get(next)?.header ?? {};
      open.push(...parents, ...(prev === null ? [] : [prev]));
    }
    return known;
  };
}

needs("root-netns").describe("a removal while the network is in two", () => {
  let lan: Lan;
  let ann: NodeProcess;
  let bob: NodeProcess;
  let cem: NodeProcess;
  let dee: NodeProcess;
  let space: string;

  beforeAll(async () => {
    lan = await openLan(4);
    [ann, bob, cem, dee] = await Promise.all([
      lan.host(1).startNode("Ann"),
      lan.host(2).startNode("Bob"),
      lan.host(3).startNode("Cem"),
      lan.host(4).startNode("Dee"),
    ]);
    ({ space } = await meet(ann, [bob, cem, dee]));
    for (const node of [ann, bob, cem, dee])
      await node.until("it is linked to all others", async () => (await peerIds(node)).length === 3);
  }, 60_000);
  afterAll(() => lan.close());

  const countMembers = async (node: NodeProcess): Promise<number> =>
    (await node.ask<{ items: unknown[] }>("GET", `/api/spaces/${space}/members`)).items.length;

  const texts = async (node: NodeProcess): Promise<string[]> =>
    (await listAll(node)).map(({ text }) => text).toSorted();

  test("attack 30: an admin removes whom a cut keeps from knowing; what is written after it opens with none of their keys", async () => {
    await ann.ask("PATCH", `/api/spaces/${space}/members/Bob`, { role: "admin" });
    await say(cem, "seen by all");
    for (const node of [ann, bob, dee]) await hears(node, "seen by all");
    lan.partition([3, 4]);
    await bob.until("only Ann is left", async () => (await peerIds(bob)).join() === ann.ready.deviceId);
    await dee.until("only Cem is left", async () => (await peerIds(dee)).join() === cem.ready.deviceId);

    await bob.until("Bob is an admin", async () => {
      const { role } = await bob.ask<{ role: string }>("GET", `/api/spaces/${space}`);
      return role === "admin";
    });
    expect(await bob.call("DELETE", `/api/spaces/${space}/members/Cem`)).toMatchObject({ status: 204 });
    await say(cem, "unseen by the remover");
    await hears(dee, "unseen by the remover");
    const innocent = await say(dee, "written before Dee knew");
    await hears(cem, "written before Dee knew");
    await ann.until("Ann knows", async () => (await countMembers(ann)) === 3);
    const later = [await say(bob, "after the removal"), await say(ann, "Ann knows too")];

    lan.partition([]);
    await dee.until("Dee knows", async () => (await countMembers(dee)) === 3, 30_000);
    later.push(await say(dee, "Dee knows at last"));
    await ann.ask("PATCH", `/api/spaces/${space}`, { name: "Quay" });
    await agree([ann, bob, dee], 5, 30_000, space);
    const shown = [
      "Ann knows too",
      "Dee knows at last",
      "after the removal",
      "seen by all",
      "written before Dee knew",
    ];
    for (const node of [ann, bob, dee]) {
      expect((await listAll(node, space)).map(({ text }) => text).toSorted()).toEqual(shown);
      expect((await listAll(node, space)).find(({ id }) => id === innocent.id)).toMatchObject({
        author: dee.person,
      });
      await node.until("the new name", async () => {
        const { name } = await node.ask<{ name: string }>("GET", `/api/spaces/${space}`);
        return name === "Quay";
      });
    }
    await cem.until("Cem is told", async () => {
      const { state } = await cem.ask<{ state: string }>("GET", `/api/spaces/${space}`);
      return state === "removed";
    });
    // Nobody is shown what lies beyond the fence, its author included: all show the same, once it is on the disk.
    const heard = ["seen by all", "written before Dee knew"];
    await cem.until("all show the same", async () => (await texts(cem)).join() === heard.join());

    await Promise.all([ann, bob, cem, dee].map((node) => node.stop()));
    const removed = readStore(cem.ready.dataDir);
    const others = [ann, bob, dee].map((node) => readStore(node.ready.dataDir));
    expect(removed.keys.length).toBeGreaterThanOrEqual(2);
    // Whatever box anywhere a prekey of theirs opens, and whatever lies under that, counts as theirs.
    const theirKeys = reachableKeys(removed, others);
    for (const store of others) {
      const mine = readAll(store.keys, store);
      const theirs = new Set(readAll(theirKeys, store).map(({ id }) => id));
      expect(mine).toHaveLength(store.events.length);
      for (const { id } of later) expect(mine.map((event) => event.id)).toContain(id);
      const closed = mine.filter(({ id }) => !theirs.has(id));
      expect(closed.map(({ id }) => id)).toEqual(expect.arrayContaining(later.map(({ id }) => id)));
      expect(closed.map(({ body }) => body?.type)).toContain("space.update");
      // Not for lack of keys: what was written without knowing opens, and its header says that its author did not know.
      expect(theirs.has(innocent.id)).toBe(true);
      const removal = mine.find(({ body }) => body?.type === "member.remove");
      const known = knownBy(mine);
      expect(known(innocent.id).has(removal?.id ?? "")).toBe(false);
      for (const { id } of later) expect(known(id).has(removal?.id ?? "")).toBe(true);
    }
    for (const bytes of removed.events) {
      const opened = openWith(theirKeys, bytes);
      expect(later.map(({ id }) => id)).not.toContain(opened?.id);
    }
    // The attempt is not blind: by the same way a member who had forgotten all keys comes to those.
    const [, , store] = others;
    if (!store) throw new Error("there are three");
    const again = new Set(
      readAll(reachableKeys({ ...store, keys: [] }, [removed, ...others]), store).map(({ id }) => id),
    );
    for (const { id } of later) expect(again.has(id)).toBe(true);
  }, 120_000);
});
