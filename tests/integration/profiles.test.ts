import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 9);

let house: Household;
let ann: Housemate;
let bob: Housemate;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  bob = await house.add("Bob");
  await join(bob, ann, "Harbour");
}, 20_000);

afterEach(() => house.stop());

async function join(who: Housemate, by: Housemate, space: string): Promise<void> {
  const { link } = await by.service.createInvite(space, { role: "member", expiresInMs: null, uses: 3 });
  expect((await who.service.join(link ?? "", { waitMs: 8_000 })).step).toBe("done");
}

const ofAnn = (at: Housemate, space: string) =>
  at.service.members(space).find(({ person }) => person === ann.service.status().person);

test("[SP151] [SP152] status and picture come to everybody, change there, and go", async () => {
  await ann.service.changeProfile({ status: "  on the   wall ", avatar: PNG });
  await bob.until("the profile", () => ofAnn(bob, "Harbour")?.status === "on the wall");
  const { person } = ann.service.status();
  expect(bob.service.avatar(person)).toEqual({ bytes: PNG, type: "image/png" });
  const first = ofAnn(bob, "Harbour")?.avatar;
  await ann.service.changeProfile({ avatar: JPEG });
  await bob.until("another picture", () => ofAnn(bob, "Harbour")?.avatar !== first);
  expect(bob.service.avatar(person)).toEqual({ bytes: JPEG, type: "image/jpeg" });
  expect(ofAnn(bob, "Harbour")).toMatchObject({ name: "Ann", status: "on the wall" });
  await ann.service.changeProfile({ status: null, avatar: null });
  await bob.until("nothing of it", () => ofAnn(bob, "Harbour")?.status === null);
  expect(bob.service.avatar(person)).toBeNull();
  expect(ann.service.profile()).toEqual({ status: null, avatar: null });
}, 30_000);

test("[SP153] who is let in somewhere else shows there what they showed before", async () => {
  await ann.service.changeProfile({ status: "on the wall", avatar: PNG });
  await bob.service.createSpace({ name: "Boats" });
  await join(ann, bob, "Boats");
  await bob.until("the profile", () => ofAnn(bob, "Boats")?.status === "on the wall");
  expect(ofAnn(bob, "Boats")?.avatar).toBe(ann.service.profile().avatar);
  await ann.service.createSpace({ name: "Garden" });
  await ann.until("its own", () => ofAnn(ann, "Garden")?.status === "on the wall");
}, 30_000);

test("[SP152] what is no picture, or too large, or a status in two directions is refused and changes nothing", async () => {
  const svg = new TextEncoder().encode("<svg onload=alert(1)>");
  const large = new Uint8Array(16_385);
  large.set(PNG);
  for (const change of [
    { avatar: svg },
    { avatar: large },
    { status: "a\u202Eb" },
    { status: "x".repeat(141) },
  ])
    await expect(ann.service.changeProfile(change)).rejects.toMatchObject({ code: "BAD_INPUT" });
  expect(ann.service.profile()).toEqual({ status: null, avatar: null });
  expect(ofAnn(ann, "Harbour")).toMatchObject({ status: null, avatar: null });
}, 30_000);

test("[SP153] a change on one device is the person's on the other, which does not take it back", async () => {
  await ann.service.changeProfile({ status: "first" });
  const phone = await house.add("Phone");
  const offer = ann.service.offerDevice();
  const { code } = await phone.service.takeLink(offer.link, { waitMs: 5_000 });
  await ann.until("asked to confirm", () => ann.service.deviceOffer()?.state === "confirm");
  await ann.service.confirmDevice(code ?? "");
  expect((await phone.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).step).toBe("done");
  await phone.until("the status", () => phone.service.profile().status === "first");
  await phone.service.changeProfile({ status: "second", avatar: PNG });
  await ann.until("the change", () => ann.service.profile().status === "second");
  expect(ann.service.profile().avatar).toBe(phone.service.profile().avatar);
  await bob.until("the change", () => ofAnn(bob, "Harbour")?.status === "second");
}, 40_000);
