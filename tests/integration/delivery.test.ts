/** Where a message is, device by device, between real nodes: what each has said, and what is told of those that are away. */
import type { SpaceId } from "@kith/core";
import type { DeviceDelivery } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  bob = await house.add("Bob");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  await join(bob);
}, 40_000);

afterEach(() => house.stop());

async function join(node: Housemate, name = "Harbour"): Promise<void> {
  const { link } = await ann.service.createInvite(name, { role: "member", expiresInMs: null, uses: 1 });
  await node.service.join(link ?? "", { waitMs: 15_000 });
  await node.until("in step", () => node.service.space(name).state === "ready");
}

async function link(fresh: Housemate): Promise<void> {
  const offer = ann.service.offerDevice();
  const { code } = await fresh.service.takeLink(offer.link, { waitMs: 5_000 });
  await ann.until("asked to confirm", () => ann.service.deviceOffer()?.state === "confirm");
  await ann.service.confirmDevice(code ?? "");
  expect((await fresh.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).step).toBe("done");
}

const say = async (node: Housemate, text: string, channel = "general"): Promise<string> =>
  (await node.service.postMessage({ space, channel, text })).id;
const short = ({ name, deviceName, state }: DeviceDelivery): string =>
  `${name}/${deviceName ?? "-"} ${state}`;
const detail = (node: Housemate, id: string): string[] => node.service.deliveryOf(id).map(short);
const of = (node: Housemate, id: string, other: Housemate): DeviceDelivery | undefined =>
  node.service.deliveryOf(id).find(({ device }) => device === other.service.nodeId);
const isTold = (
  node: Housemate,
  id: string,
  { holder, since = "0" }: { holder: Housemate; since?: string },
) =>
  node.service.log(since, 1_000).some(({ type, data }) => {
    const text = JSON.stringify(data);
    return type === "delivery" && text.includes(id) && text.includes(holder.service.nodeId);
  });
/** What the list agrees with. */
const counts = (node: Housemate, id: string): number[] => {
  const { devices, of: all } = node.service.message(id).delivery;
  return [devices, all];
};

test("[SP155] [SP156] [HT117] each device by its person and name; one that is away is told with when it was heard last, and by itself once it has it", async () => {
  const phone = await house.add("Phone");
  await link(phone);
  await ann.until("all met", () => ann.service.peers().filter(({ shared }) => shared).length === 2);
  const before = Date.now();
  await bob.service.setOnline(false);
  await ann.until("Bob is lost", () => ann.service.peers().length === 1);
  const id = await say(ann, "who has it?");
  await ann.until("the phone has it", () => of(ann, id, phone)?.state === "kept");
  expect(detail(ann, id)).toEqual(["Ann/Phone kept", "Bob/- waits"]);
  expect(counts(ann, id)).toEqual([1, 2]);
  const away = of(ann, id, bob);
  expect(away).toMatchObject({ connected: false, self: false });
  expect(away?.lastSeenMs).toBeGreaterThanOrEqual(before - 5_000);
  expect(away?.lastSeenMs).toBeLessThanOrEqual(Date.now());
  // What tells a page to ask again is the log: by then the list says so too.
  const since = ann.service.cursor();
  await bob.service.setOnline(true);
  await ann.until("told", () => isTold(ann, id, { holder: bob, since }));
  expect(detail(ann, id)).toEqual(["Ann/Phone kept", "Bob/- kept"]);
  expect(counts(ann, id)).toEqual([2, 2]);
  // Of what somebody else wrote, too: this device is one of those it is for, and the author's is not.
  expect(phone.service.deliveryOf(id).map(({ self }) => self)).toEqual([true, false]);
  expect(of(phone, id, phone)).toMatchObject({ state: "kept", lastSeenMs: null });
  expect(() => ann.service.deliveryOf("f".repeat(64))).toThrow("There is no message");
}, 90_000);

test("[SP156] when a member's device was heard last is known after a restart, and of a stranger's nothing is kept", async () => {
  const store = createMemoryStore();
  const cem = await house.add("Cem", { store, host: "10.0.0.9" });
  await join(cem);
  const id = await say(cem, "before the restart");
  await ann.until("it came", () => ann.service.messages({ limit: 9 }).items.some((one) => one.id === id));
  // On Cem's disk as well.
  await cem.until("told", () => isTold(cem, id, { holder: ann }));
  await cem.until("met both", () => cem.service.peers().length === 2);
  await cem.stop();
  await ann.service.setOnline(false);
  await bob.service.setOnline(false);
  const again = await house.add("Cem", { store, host: "10.0.0.9" });
  const known = of(again, id, ann);
  expect(known).toMatchObject({ state: "kept", connected: false });
  expect(Date.now() - (known?.lastSeenMs ?? 0)).toBeLessThan(60_000);
  expect(of(again, await say(again, "after it"), ann)).toMatchObject({
    state: "waits",
    lastSeenMs: known?.lastSeenMs,
  });
  const members = [ann, bob].map(({ service }) => `seen/${service.nodeId}`).toSorted();
  expect(store.metaKeys("seen/").toSorted()).toEqual(members);
  await ann.service.setOnline(true);
  const dee = await house.add("Dee");
  await ann.service.setVisibility("nearby");
  await dee.service.setVisibility("nearby");
  await ann.until("a stranger is near", () =>
    ann.service.peers().some(({ shared, id: device }) => !shared && device === dee.service.nodeId),
  );
  expect(ann.store.metaKeys("seen/")).not.toContain(`seen/${dee.service.nodeId}`);
}, 90_000);

test("[SP155] a private channel's message is for its people's devices alone", async () => {
  const cem = await house.add("Cem");
  await join(cem);
  await ann.until("three", () => ann.service.members(space).length === 3);
  await ann.service.createChannel(space, "board", { private: true, people: ["Bob"] });
  const id = await say(ann, "between us", "board");
  await ann.until("Bob has it", () => of(ann, id, bob)?.state === "kept");
  expect(detail(ann, id)).toEqual(["Bob/- kept"]);
}, 60_000);

test("[SP155] where those who come later see nothing of before, what was said before is not for them and does not count them", async () => {
  space = (await ann.service.createSpace({ name: "Late", history: "from-joining" })).id;
  await join(bob, "Late");
  const before = await say(ann, "before");
  await ann.until("Bob has it", () => of(ann, before, bob)?.state === "kept");
  const cem = await house.add("Cem");
  await join(cem, "Late");
  await ann.until("three", () => ann.service.members(space).length === 3);
  const after = await say(ann, "after");
  for (const one of [bob, cem]) await ann.until("all have it", () => of(ann, after, one)?.state === "kept");
  expect(detail(ann, after)).toEqual(["Bob/- kept", "Cem/- kept"]);
  // Cem's device holds the event, with nothing of what it says.
  expect(detail(ann, before)).toEqual(["Bob/- kept"]);
  expect([counts(ann, before), counts(ann, after)]).toEqual([
    [1, 1],
    [2, 2],
  ]);
}, 90_000);

test("[SP156] one that nobody is known to have handed the key waits for that, until it is met", async () => {
  const [cem, dee] = [await house.add("Cem"), await house.add("Dee")];
  await join(dee);
  const { link: invitation } = await ann.service.createInvite("Harbour", {
    role: "member",
    expiresInMs: null,
    uses: 1,
  });
  await bob.until("the invitation", () => bob.service.invites(space).length === 3);
  await bob.until("Dee", () => bob.service.members(space).length === 3);
  // Ann makes a new key while Bob, and not she who is removed, lets somebody in with the one before.
  await dee.service.setOnline(false);
  await ann.service.setOnline(false);
  await ann.service.removeMember(space, "Dee");
  const id = await say(ann, "under the new key");
  await cem.service.join(invitation ?? "", { waitMs: 15_000 });
  await cem.until("in step", () => cem.service.space(space).state === "ready");
  await cem.service.setOnline(false);
  await ann.service.setOnline(true);
  await ann.until("Cem is known", () => ann.service.members(space).some(({ name }) => name === "Cem"));
  await ann.until("Bob has it", () => of(ann, id, bob)?.state === "kept");
  expect(detail(ann, id)).toEqual(["Bob/- kept", "Cem/- key"]);
  await cem.service.setOnline(true);
  await ann.until("Cem has it", () => of(ann, id, cem)?.state === "kept");
}, 90_000);

test("[SE1] [SE3] [SE9] two who are linked already and take up another space, one after the other, each learn what the other keeps of it", async () => {
  const cem = await house.add("Cem");
  await join(cem);
  const all = [ann, bob, cem];
  const isMet = (node: Housemate): boolean =>
    node.service.peers().filter(({ shared }) => shared).length === 2;
  await Promise.all(all.map((node) => node.until("all met", () => isMet(node))));
  const boat = (await ann.service.createSpace({ name: "Boat" })).id;
  const { id } = await ann.service.postMessage({ space: boat, channel: "general", text: "ahoy" });
  for (const node of [bob, cem]) await join(node, "Boat");
  // Nobody writes anything any more that would tell it by the way.
  await Promise.all(all.map((node) => node.until("all have it", () => counts(node, id).join() === "2,2")));
}, 60_000);
