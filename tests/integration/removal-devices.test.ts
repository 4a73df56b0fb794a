/** The removal of a person with two devices, from a space with a private channel, while the network is in two: what their stores open. */
import type { SpaceId } from "@kith/core";
import { afterEach, expect, test } from "vitest";
import { createHousehold, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let space: SpaceId;

afterEach(() => house.stop());

const texts = (node: Housemate, channel: string): string[] =>
  node.service.channels(space).some(({ name }) => name === channel)
    ? node.service.messages({ space, channel, limit: 500 }).items.map(({ text }) => text)
    : [];
const say = async (node: Housemate, text: string, channel: string): Promise<string> =>
  (await node.service.postMessage({ space, channel, text })).id;
const hears = (node: Housemate, text: string, channel: string): Promise<void> =>
  node.until(`"${text}"`, () => texts(node, channel).includes(text));

function part(these: readonly Housemate[], those: readonly Housemate[], how: "cut" | "heal"): void {
  for (const a of these) for (const b of those) house.network[how](a.host, b.host);
}

async function link(old: Housemate, fresh: Housemate): Promise<void> {
  const offer = old.service.offerDevice();
  const { code } = await fresh.service.takeLink(offer.link, { waitMs: 15_000 });
  await old.until("asked to confirm", () => old.service.deviceOffer()?.state === "confirm");
  await old.service.confirmDevice(code ?? "");
  expect((await fresh.service.takeLink(offer.link, { waitMs: 20_000, shown: true })).step).toBe("done");
}

test("attack 30: whoever is removed while cut off opens on neither device what was written after it, in open and private channels", async () => {
  house = createHousehold();
  const ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  const [bob, cem, dee] = [await house.add("Bob"), await house.add("Cem"), await house.add("Dee")];
  for (const node of [bob, cem, dee]) await node.service.join(invite.link ?? "", { waitMs: 15_000 });
  await ann.until("four", () => ann.service.members(space).length === 4);
  await ann.service.createChannel(space, "board", { private: true, people: ["Bob", "Cem", "Dee"] });
  const phone = await house.add("Phone");
  await link(cem, phone);
  for (const channel of ["general", "board"]) {
    for (const node of [bob, cem, dee, phone])
      await node.until(channel, () => node.service.channels(space).some(({ name }) => name === channel));
    await say(cem, `seen by all in ${channel}`, channel);
    for (const node of [ann, bob, dee, phone]) await hears(node, `seen by all in ${channel}`, channel);
  }

  const here = [ann, bob];
  const there = [cem, dee, phone];
  part(here, there, "cut");
  for (const node of here) await node.until("parted", () => node.service.peers().length === 1);
  for (const node of there) await node.until("parted", () => node.service.peers().length === 2);
  await ann.service.removeMember("Harbour", "Cem");
  await bob.until("Bob knows", () => bob.service.members(space).length === 3);
  const later: string[] = [];
  for (const channel of ["general", "board"]) {
    // On the other side nobody has heard: each of the removed person's devices goes on, and so does who does not know.
    await say(phone, `unseen by Ann in ${channel}`, channel);
    await say(dee, `innocent in ${channel}`, channel);
    for (const node of [cem, phone]) await hears(node, `innocent in ${channel}`, channel);
    later.push(
      await say(ann, `after in ${channel}`, channel),
      await say(bob, `after by Bob in ${channel}`, channel),
    );
  }
  part(here, there, "heal");
  await dee.until("Dee knows", () => dee.service.members(space).length === 3);
  await dee.until("Dee has no part in it with Cem", () =>
    dee.service.channelMembers(space, "board").every(({ name }) => name !== "Cem"),
  );
  for (const channel of ["general", "board"]) {
    await hears(dee, `after by Bob in ${channel}`, channel);
    later.push(await say(dee, `Dee knows in ${channel}`, channel));
    for (const node of [ann, bob, dee]) {
      await hears(node, `Dee knows in ${channel}`, channel);
      await hears(node, `innocent in ${channel}`, channel);
      expect(texts(node, channel)).not.toContain(`unseen by Ann in ${channel}`);
    }
  }
  for (const node of [cem, phone])
    await node.until("is told", () => node.service.space(space).state === "removed");
  expect(opening(ann.store, dee.store, later)).toEqual(later);
  for (const node of [cem, phone]) {
    expect(opening(ann.store, node.store, later)).toEqual([]);
    for (const id of later) expect(node.store.hasEvent(id as never)).toBe(false);
  }
  for (const node of [ann, bob, dee, cem, phone]) expect((await node.service.verify()).problems).toEqual([]);
}, 120_000);
