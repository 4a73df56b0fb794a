import type { SpaceId } from "@kith/core";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHousehold, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let laptop: Housemate;
let phone: Housemate;
let bob: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  laptop = await house.add("Ann");
  space = (await laptop.service.createSpace({ name: "Harbour" })).id;
  const invite = await laptop.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  bob = await house.add("Bob");
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  await say(laptop, "before the phone");
  await hears(bob, "before the phone");
  phone = await house.add("Phone");
}, 20_000);

afterEach(() => house.stop());

const texts = (node: Housemate): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);

async function say(node: Housemate, text: string): Promise<string> {
  return (await node.service.postMessage({ space, channel: "general", text })).id;
}

const hears = (node: Housemate, text: string): Promise<void> =>
  node.until(`"${text}"`, () => texts(node).includes(text));

/** The new one becomes a device of the old one's person, as a person does it. */
async function link(old: Housemate, fresh: Housemate): Promise<void> {
  const offer = old.service.offerDevice();
  const { code, step } = await fresh.service.takeLink(offer.link, { waitMs: 5_000 });
  expect(step).toBe("confirming");
  await old.until("asked to confirm", () => old.service.deviceOffer()?.state === "confirm");
  await old.service.confirmDevice(code ?? "");
  expect((await fresh.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).step).toBe("done");
}

const idOf = (node: Housemate): string => node.service.nodeId;

describe("linking", () => {
  test("[EP51] [ID28] [ID32] a person's second device has the history, and both send and read as that person", async () => {
    await link(laptop, phone);
    expect(phone.service.status().person).toBe(laptop.service.status().person);
    expect(phone.service.status().name).toBe("Ann");
    await hears(phone, "before the phone");
    await say(phone, "from the phone");
    await say(laptop, "from the laptop");
    for (const node of [laptop, phone, bob]) {
      await hears(node, "from the phone");
      await hears(node, "from the laptop");
      expect(node.service.members(space).map(({ devices }) => devices.length)).toEqual([2, 1]);
      const authors = node.service.messages({ limit: 9 }).items.map(({ authorName }) => authorName);
      expect(authors).toEqual(["Ann", "Ann", "Ann"]);
    }
    expect(laptop.service.devices()).toMatchObject([
      { id: idOf(laptop), self: true, lastSeenMs: null },
      {
        id: idOf(phone),
        name: "Phone",
        self: false,
        connected: true,
        lastSeenMs: expect.any(Number) as number,
        spaces: 1,
        removable: true,
      },
    ]);
    expect(phone.service.devices()).toMatchObject([
      { id: idOf(phone), self: true },
      { id: idOf(laptop), removable: false },
    ]);
    for (const node of [laptop, phone, bob]) expect((await node.service.verify()).problems).toEqual([]);
  }, 30_000);

  test("[EP70] a new device has the private channels that its person is in already, with what was said there", async () => {
    await laptop.service.createChannel(space, "board", { private: true, people: ["Bob"] });
    await laptop.service.postMessage({ space, channel: "board", text: "said before the phone" });
    await bob.until("the board", () => bob.service.channels(space).some(({ name }) => name === "board"));
    // Bob's word about the channel is not needed: the linking device hands its keys over.
    house.network.cut(bob.host, phone.host);
    house.network.cut(bob.host, laptop.host);
    await link(laptop, phone);
    await phone.until("the board", () => phone.service.channels(space).some(({ name }) => name === "board"));
    await hears(phone, "said before the phone");
    await phone.service.postMessage({ space, channel: "board", text: "from the phone" });
    house.network.heal(bob.host, phone.host);
    house.network.heal(bob.host, laptop.host);
    await hears(bob, "from the phone");
    expect((await bob.service.verify()).problems).toEqual([]);
  }, 30_000);

  test("[ID41] [ID42] attack 17: a safety number is of two people: the same on both sides and on every device", async () => {
    const number = laptop.service.safetyNumber("Bob").digits;
    expect(bob.service.safetyNumber("Ann").digits).toBe(number);
    // Before it is linked the phone is somebody else, who knows neither.
    expect(() => phone.service.safetyNumber("Bob")).toThrow("nobody else");
    await link(laptop, phone);
    await hears(phone, "before the phone");
    expect(phone.service.safetyNumber("Bob").digits).toBe(number);
    await laptop.service.removeDevice(idOf(phone));
    await bob.until("the phone is out", () =>
      bob.service.members(space).every(({ devices }) => devices.length === 1),
    );
    expect(bob.service.safetyNumber("Ann").digits).toBe(number);
    expect(() => bob.service.safetyNumber("Bob")).toThrow("nobody else");
  }, 30_000);

  test("[ID31] attack 5: a link serves one device and one confirmation, whoever holds it", async () => {
    const offer = laptop.service.offerDevice();
    const first = await phone.service.takeLink(offer.link, { waitMs: 5_000 });
    const thief = await house.add("Thief");
    expect(await thief.service.takeLink(offer.link, { waitMs: 5_000 })).toMatchObject({
      step: "failed",
      code: null,
    });
    await laptop.until("asked to confirm", () => laptop.service.deviceOffer()?.state === "confirm");
    await laptop.service.confirmDevice(first.code ?? "");
    expect((await phone.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).step).toBe("done");
    // Used: nobody answers to it any more.
    const late = await house.add("Late");
    expect((await late.service.takeLink(offer.link, { waitMs: 700 })).step).toBe("looking");
    await expect(laptop.service.confirmDevice(first.code ?? "")).rejects.toMatchObject({
      code: "UNKNOWN_LINK",
    });
    expect(laptop.service.devices().map(({ id }) => id)).toEqual([idOf(laptop), idOf(phone)]);
    for (const node of [thief, late]) expect(node.service.spaces()).toEqual([]);
  }, 30_000);

  test("[ID31] three wrong entries end a link, and nothing was shown or written before", async () => {
    const offer = laptop.service.offerDevice();
    const taken = await phone.service.takeLink(offer.link, { waitMs: 5_000 });
    await laptop.until("asked to confirm", () => laptop.service.deviceOffer()?.state === "confirm");
    const wrong = taken.code === "000000" ? "000001" : "000000";
    for (let time = 0; time < 3; time += 1)
      await expect(laptop.service.confirmDevice(wrong)).rejects.toMatchObject({ code: "LINK_CODE_WRONG" });
    await phone.until("cancelled", () => phone.service.linking()?.step === "failed");
    await expect(laptop.service.confirmDevice(taken.code ?? "")).rejects.toMatchObject({
      code: "UNKNOWN_LINK",
    });
    expect(laptop.service.deviceOffer()).toBeNull();
    expect(laptop.service.devices()).toHaveLength(1);
    expect(phone.service.spaces()).toEqual([]);
    expect(phone.service.status().person).not.toBe(laptop.service.status().person);
  }, 30_000);

  test("[ID32] a device that is in spaces of its own takes no link, and a link that is none says so", async () => {
    const offer = laptop.service.offerDevice();
    await expect(bob.service.takeLink(offer.link, { waitMs: 100 })).rejects.toMatchObject({
      code: "NOT_EMPTY",
    });
    await expect(phone.service.takeLink("kith://link#AAAA", { waitMs: 100 })).rejects.toMatchObject({
      code: "LINK_INVALID",
    });
  });

  test("[ID32] a device that founds a space while its digits are shown stays its own person's", async () => {
    const offer = laptop.service.offerDevice();
    const { code } = await phone.service.takeLink(offer.link, { waitMs: 5_000 });
    const { person } = phone.service.status();
    const own = (await phone.service.createSpace({ name: "Cabin" })).id;
    await laptop.until("asked to confirm", () => laptop.service.deviceOffer()?.state === "confirm");
    await laptop.service.confirmDevice(code ?? "");
    expect(await phone.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).toMatchObject({
      step: "failed",
      detail: expect.stringContaining("a space of its own by now"),
    });
    expect(phone.service.status().person).toBe(person);
    expect(phone.service.space(own)).toMatchObject({ state: "ready", role: "owner" });
  }, 30_000);

  test("[ID33] what is founded or joined on one device comes to the others", async () => {
    await link(laptop, phone);
    const garden = await phone.service.createSpace({ name: "Garden" });
    await phone.service.postMessage({ space: garden.id, channel: "general", text: "tomatoes" });
    await hears(laptop, "tomatoes");
    await laptop.service.postMessage({ space: garden.id, channel: "general", text: "and beans" });
    await hears(phone, "and beans");
    const cem = await house.add("Cem");
    const boats = await cem.service.createSpace({ name: "Boats" });
    await cem.service.postMessage({ space: boats.id, channel: "general", text: "ahoy" });
    const invite = await cem.service.createInvite("Boats", { role: "member", expiresInMs: null, uses: 1 });
    expect((await phone.service.join(invite.link ?? "", { waitMs: 8_000 })).step).toBe("done");
    await hears(laptop, "ahoy");
    await cem.until("both are in", () => cem.service.members(boats.id)[1]?.devices.length === 2);
    expect(cem.service.space(boats.id).members).toBe(2);
    expect(bob.service.spaces().map(({ name }) => name)).toEqual(["Harbour"]);
  }, 30_000);

  test("a name given on one device is the person's on the other, and each shows the other by its own name", async () => {
    await link(laptop, phone);
    await phone.service.changeProfile({ name: "Anna" });
    await laptop.until("the new name", () => laptop.service.status().name === "Anna");
    await laptop.until("linked", () => laptop.service.peers().some(({ name }) => name === "Phone"));
    expect(laptop.service.members(space)[0]?.name).toBe("Anna");
  }, 30_000);

  test("[ID32] who was let in and lost the link before the keys came takes a new link", async () => {
    const first = laptop.service.offerDevice();
    const { code } = await phone.service.takeLink(first.link, { waitMs: 5_000 });
    await laptop.until("asked to confirm", () => laptop.service.deviceOffer()?.state === "confirm");
    const confirmed = laptop.service.confirmDevice(code ?? "");
    house.network.cut(laptop.host, phone.host);
    await confirmed.catch(() => undefined);
    await laptop.until("parted", () => !laptop.service.peers().some(({ id }) => id === idOf(phone)));
    house.network.heal(laptop.host, phone.host);
    await link(laptop, phone);
    await hears(phone, "before the phone");
    await say(phone, "whole again");
    await hears(laptop, "whole again");
  }, 30_000);

  test("a linked device is its person's after a restart", async () => {
    const store = createMemoryStore();
    const tablet = await house.add("Tablet", { store, host: "10.0.0.99" });
    await link(laptop, tablet);
    await tablet.stop();
    const again = await house.add("ignored", { store, host: "10.0.0.99" });
    expect(again.service.status()).toMatchObject({ name: "Ann", person: laptop.service.status().person });
    await say(again, "back");
    await hears(laptop, "back");
    await hears(bob, "back");
  }, 30_000);
});

describe("ending a device", () => {
  test("[EP50] [SP73] attack 21: a removed device reads nothing that follows, with all its keys; its person goes on", async () => {
    await link(laptop, phone);
    await say(phone, "seen by all");
    await hears(bob, "seen by all");
    await hears(laptop, "seen by all");
    await laptop.service.removeDevice("Phone");
    await phone.until("the phone is told", () => phone.service.space(space).state === "removed");
    await bob.until("Bob knows", () => bob.service.members(space)[0]?.devices.length === 1);
    const later = [await say(laptop, "after 1"), await say(bob, "after 2")];
    for (const node of [laptop, bob]) await node.until("all four", () => texts(node).length === 4);
    expect(opening(laptop.store, bob.store, later)).toEqual(later);
    expect(opening(laptop.store, phone.store, later)).toEqual([]);
    expect(texts(phone)).not.toContain("after 1");
    await expect(say(phone, "still here?")).rejects.toMatchObject({
      code: "NOT_ALLOWED",
      message: "This device was removed from your devices.",
    });
    expect(laptop.service.devices()).toHaveLength(1);
    expect(bob.service.members(space)).toHaveLength(2);
    for (const node of [laptop, bob]) expect((await node.service.verify()).problems).toEqual([]);
  }, 30_000);

  test("[SP76] [SP81] attack 30: what a removed device wrote unseen is shown to nobody", async () => {
    await link(laptop, phone);
    await say(phone, "seen");
    await hears(laptop, "seen");
    await hears(bob, "seen");
    house.network.cut(laptop.host, phone.host);
    house.network.cut(laptop.host, bob.host);
    await laptop.until("parted", () => laptop.service.peers().length === 0);
    await laptop.service.removeDevice(idOf(phone));
    await say(phone, "unseen by the laptop");
    await hears(bob, "unseen by the laptop");
    house.network.heal(laptop.host, bob.host);
    await bob.until("Bob knows", () => bob.service.members(space)[0]?.devices.length === 1);
    await bob.until("withdrawn", () => !texts(bob).includes("unseen by the laptop"));
    await say(bob, "after");
    await hears(laptop, "after");
    expect(texts(bob)).toEqual(texts(laptop));
    expect(texts(bob)).toEqual(["before the phone", "seen", "after"]);
  }, 30_000);

  test("[SP74] a junior device removes no senior one", async () => {
    await link(laptop, phone);
    await expect(phone.service.removeDevice(idOf(laptop))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    await say(laptop, "still here");
    await hears(phone, "still here");
    expect(phone.service.members(space)[0]?.devices).toHaveLength(2);
  }, 30_000);

  test("[SP82] removing the person ends both devices", async () => {
    const invite = await laptop.service.createInvite("Harbour", {
      role: "member",
      expiresInMs: null,
      uses: 1,
    });
    expect(invite.link).not.toBeNull();
    await link(bob, phone);
    await hears(phone, "before the phone");
    await laptop.until("Bob has two", () => laptop.service.members(space)[1]?.devices.length === 2);
    await laptop.service.removeMember(space, "Bob");
    for (const node of [bob, phone])
      await node.until("told", () => node.service.space(space).state === "removed");
    const later = await say(laptop, "alone");
    for (const node of [bob, phone]) expect(opening(laptop.store, node.store, [later])).toEqual([]);
  }, 30_000);

  test("a device has the name that another of its person gives it", async () => {
    await link(laptop, phone);
    await expect(laptop.service.renameDevice("Tablet", "x")).rejects.toMatchObject({
      code: "UNKNOWN_DEVICE",
    });
    expect(await laptop.service.renameDevice("Phone", "Blue phone")).toMatchObject({ name: "Blue phone" });
    await phone.until("the name", () => phone.service.devices()[0]?.name === "Blue phone");
  }, 30_000);
});
