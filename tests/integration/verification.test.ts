/** Knowing that a person is who one thinks, over whole nodes. spec/identity ID61-ID66. */
import { createInlineVerifier, createNodeBox } from "@kith/core";
import type { SpaceId } from "@kith/core";
import { restoreBackup } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clock, createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let house: Household;
let ann: Housemate;
let bob: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  bob = await letIn("Bob");
}, 30_000);

afterEach(() => house.stop());

async function letIn(name: string): Promise<Housemate> {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const mate = await house.add(name);
  expect((await mate.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
  return mate;
}

const idOf = (node: Housemate): string => node.service.status().person;
const stateOf = (node: Housemate, of: Housemate): string | undefined =>
  node.service.members(space).find(({ person }) => person === idOf(of))?.verification;

describe("comparing", () => {
  test("[ID42] [ID61] [ID62] attack 17: each says for itself that it agrees, by digits, by words or by eye; what differs is told", async () => {
    const [mine, theirs] = [ann.service.verification("Bob"), bob.service.verification("Ann")];
    expect([mine.digits, mine.words]).toEqual([theirs.digits, theirs.words]);
    expect(mine).toMatchObject({ state: "unverified", verifiedMs: null, doubts: [] });
    const cid = await letIn("Cid");
    await ann.until("Cid", () => ann.service.members(space).length === 3);
    const other = cid.service.verification("Bob");
    for (const seen of [
      other.digits,
      other.words.join(" "),
      mine.digits.slice(1),
      "",
      "no",
      `${mine.digits} yes`,
    ])
      await expect(ann.service.verifyPerson("Bob", seen)).rejects.toMatchObject({ code: "NUMBER_DIFFERS" });
    expect(stateOf(ann, bob)).toBe("unverified");
    const grouped = theirs.digits.replace(/.{5}/g, "$& ");
    for (const seen of [theirs.digits, grouped, theirs.words.join("\n").toUpperCase(), undefined]) {
      expect((await ann.service.verifyPerson("Bob", seen)).state).toBe("verified");
      expect((await ann.service.withdrawVerification("Bob")).state).toBe("unverified");
    }
    await ann.service.verifyPerson("Bob");
    expect([stateOf(ann, ann), stateOf(ann, bob), stateOf(ann, cid), stateOf(bob, ann)]).toEqual([
      "self",
      "verified",
      "unverified",
      "unverified",
    ]);
    await expect(ann.service.verifyPerson("Nobody")).rejects.toMatchObject({ code: "UNKNOWN_PERSON" });
    expect(() => ann.service.verification("Ann")).toThrow(
      expect.objectContaining({ code: "UNKNOWN_PERSON" }),
    );
  }, 60_000);

  test("[ID62] what was found outlives a restart and comes with a backup, and a further device changes nothing", async () => {
    await ann.service.verifyPerson("Bob");
    const phone = await house.add("Phone");
    const offer = bob.service.offerDevice();
    const { code } = await phone.service.takeLink(offer.link, { waitMs: 20_000 });
    await bob.until("asked", () => bob.service.deviceOffer()?.state === "confirm");
    await bob.service.confirmDevice(code ?? "");
    await ann.until("two devices", () =>
      ann.service.members(space).some(({ devices }) => devices.length === 2),
    );
    expect(stateOf(ann, bob)).toBe("verified");
    const pieces: Uint8Array[] = [];
    for await (const piece of ann.service.backup({})) pieces.push(piece);
    await ann.stop();
    const again = await house.add("Ann", { store: ann.store });
    expect(stateOf(again, bob)).toBe("verified");
    const store = createMemoryStore();
    const deps = { store, clock, random, log: quiet, box: createNodeBox(), verifier: createInlineVerifier() };
    const words = again.service.recoveryWords().join(" ");
    await restoreBackup(
      deps,
      (async function* () {
        yield* pieces;
      })(),
      { words },
    );
    expect(stateOf(await house.add("Ann", { store }), bob)).toBe("verified");
  }, 60_000);
});

describe("a changed identity", () => {
  test("[ID63] [ID64] somebody else under the name of who was verified is told as changed, until compared or withdrawn", async () => {
    await ann.service.verifyPerson("Bob");
    const bob2 = await letIn("  BOB ");
    await ann.until("both", () => ann.service.members(space).length === 3);
    expect([stateOf(ann, bob), stateOf(ann, bob2)]).toEqual(["verified", "changed"]);
    const told = ann.service.verification(idOf(bob2));
    expect(told.doubts).toMatchObject([{ reason: "another-root", other: idOf(bob) }]);
    // To who has verified nobody of that name it is one of two.
    expect(stateOf(bob, bob2)).toBe("unverified");
    expect((await ann.service.verifyPerson(idOf(bob2))).state).toBe("verified");
    await ann.service.withdrawVerification(idOf(bob2));
    expect(stateOf(ann, bob2)).toBe("changed");
    await ann.service.withdrawVerification(idOf(bob));
    expect([stateOf(ann, bob), stateOf(ann, bob2)]).toEqual(["unverified", "unverified"]);
  }, 60_000);

  test("[ID63] [ID65] who was verified and then restored by the words is told as changed; of others it is a notice", async () => {
    const cid = await letIn("Cid");
    await cid.until("Bob", () => cid.service.members(space).length === 3);
    await ann.service.verifyPerson("Bob");
    const words = bob.service.recoveryWords().join(" ");
    const pieces: Uint8Array[] = [];
    for await (const piece of bob.service.backup({})) pieces.push(piece);
    await bob.stop();
    const store = createMemoryStore();
    const deps = { store, clock, random, log: quiet, box: createNodeBox(), verifier: createInlineVerifier() };
    await restoreBackup(
      deps,
      (async function* () {
        yield* pieces;
      })(),
      { words },
    );
    const back = await house.add("Bob", { store });
    for (const node of [ann, cid])
      await node.until("two devices", () =>
        node.service.members(space).some(({ name, devices }) => name === "Bob" && devices.length === 2),
      );
    expect(ann.service.verification("Bob")).toMatchObject({
      state: "changed",
      doubts: [{ reason: "restored", device: back.service.nodeId }],
    });
    expect(cid.service.verification("Bob")).toMatchObject({
      state: "unverified",
      doubts: [{ reason: "restored" }],
    });
    expect((await ann.service.verifyPerson("Bob")).state).toBe("verified");
    expect(ann.service.verification("Bob").doubts).toEqual([]);
  }, 60_000);
});
