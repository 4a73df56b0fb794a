/** What an admin decided while a senior took the right to it: told to who may repeat it, and to nobody else. spec/space SP30, SP154. */
import type { SpaceId } from "@kith/core";
import type { OverturnedInfo } from "@kith/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;
let dee: Housemate;
let space: SpaceId;

/** Ann is the owner, Bob an admin, Cem and Dee are members. */
beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  [bob, cem, dee] = [await house.add("Bob"), await house.add("Cem"), await house.add("Dee")];
  for (const node of [bob, cem, dee])
    expect((await node.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  await ann.service.changeRole("Harbour", "Bob", "admin");
  for (const node of [ann, bob, cem, dee])
    await node.until("all are linked, and Bob is an admin", () => {
      return node.service.peers().length === 3 && roleOf(node, "Bob") === "admin";
    });
}, 20_000);

afterEach(() => house.stop());

const memberOf = (node: Housemate, name: string) =>
  node.service.members(space).find((member) => member.name === name);
const roleOf = (node: Housemate, name: string) => memberOf(node, name)?.role;
const overturned = (node: Housemate, name: string): OverturnedInfo | null =>
  memberOf(node, name)?.overturned ?? null;

function part(how: "cut" | "heal"): void {
  for (const a of [ann, dee]) for (const b of [bob, cem]) house.network[how](a.host, b.host);
}

/** Both sides decide while they are apart; then they meet. */
async function apart(decide: () => Promise<void>): Promise<void> {
  part("cut");
  for (const node of [ann, bob]) await node.until("parted", () => node.service.peers().length === 1);
  await decide();
  part("heal");
}

test("[SP154] a removal that the remover's own removal undoes is told to the owner alone, who repeats it", async () => {
  const told: unknown[] = [];
  for (const node of [ann, dee])
    node.service.onLog((entries) => {
      for (const { type, data } of entries)
        if (type === "space" && JSON.stringify(data).includes("overturned")) told.push([node.host, data]);
    });
  await apart(async () => {
    await bob.service.removeMember("Harbour", "Cem");
    await ann.service.removeMember("Harbour", "Bob");
  });
  await ann.until("Ann is told", () => overturned(ann, "Cem") !== null);
  expect(overturned(ann, "Cem")).toMatchObject({ kind: "removal", role: null, byName: "Bob" });
  await dee.until(
    "Dee knows",
    () => memberOf(dee, "Bob") === undefined && memberOf(dee, "Cem") !== undefined,
  );
  expect(dee.service.members(space).map((member) => member.overturned)).toEqual([null, null, null]);
  await ann.service.removeMember("Harbour", "Cem");
  expect(memberOf(ann, "Cem")).toBeUndefined();
  await cem.until("Cem is out", () => cem.service.space(space).state === "removed");
  const person = cem.service.status().person;
  expect(told).toEqual([[ann.host, { space, change: "overturned", person }]]);
}, 30_000);

test("[SP154] what is let be is told no more, also by the node that is started next", async () => {
  await apart(async () => {
    await bob.service.removeMember("Harbour", "Cem");
    await ann.service.removeMember("Harbour", "Bob");
  });
  await ann.until("Ann is told", () => overturned(ann, "Cem") !== null);
  await ann.service.letOverturnedBe("Harbour", "Cem");
  await ann.service.letOverturnedBe("Harbour", "Cem");
  expect(overturned(ann, "Cem")).toBeNull();
  expect(memberOf(ann, "Cem")?.role).toBe("member");
  await ann.stop();
  const again = await house.add("Ann", { store: ann.store, host: ann.host });
  expect(memberOf(again, "Cem")).toMatchObject({ role: "member", overturned: null });
  await expect(again.service.letOverturnedBe("Harbour", "Nobody")).rejects.toMatchObject({
    code: "UNKNOWN_PERSON",
  });
}, 30_000);

test("[SP154] a demotion that does not count is told with the rank that was meant, until somebody has it", async () => {
  await ann.service.changeRole("Harbour", "Cem", "member");
  await apart(async () => {
    await bob.service.changeRole("Harbour", "Cem", "reader");
    await ann.service.changeRole("Harbour", "Bob", "member");
  });
  await ann.until("Ann is told", () => overturned(ann, "Cem") !== null);
  expect(overturned(ann, "Cem")).toMatchObject({ kind: "demotion", role: "reader", byName: "Bob" });
  await ann.service.changeRole("Harbour", "Cem", "reader");
  expect(overturned(ann, "Cem")).toBeNull();
}, 30_000);

test("[SP11] who was let in over an invitation whose revocation is undone later has a name here", async () => {
  await ann.service.changeRole("Harbour", "Cem", "admin");
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  for (const node of [bob, cem, dee])
    await node.until("Cem is an admin, and the invitation is known", () => {
      return (
        roleOf(node, "Cem") === "admin" && node.service.invites("Harbour").some(({ id }) => id === invite.id)
      );
    });
  const eve = await house.add("Eve");
  const everybody = [ann, bob, cem, dee, eve];
  const link = (a: Housemate, b: Housemate, how: "cut" | "heal"): void => house.network[how](a.host, b.host);
  for (const [at, a] of everybody.entries()) for (const b of everybody.slice(at + 1)) link(a, b, "cut");
  for (const node of [ann, bob, cem, dee]) await node.until("alone", () => node.service.peers().length === 0);

  await bob.service.revokeInvite("Harbour", invite.id);
  link(cem, eve, "heal");
  expect((await eve.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  link(cem, eve, "cut");
  await ann.service.removeMember("Harbour", "Bob");

  link(dee, bob, "heal");
  await dee.until("what Bob did is here", () => dee.service.peers().some(({ inSync }) => inSync));
  link(dee, bob, "cut");
  await dee.until("alone again", () => dee.service.peers().length === 0);
  link(dee, cem, "heal");
  await dee.until("what Cem did is here", () => dee.service.peers().some(({ inSync }) => inSync));
  expect(memberOf(dee, "Eve")).toBeUndefined();
  link(dee, ann, "heal");
  await dee.until("Eve is in", () => memberOf(dee, "Eve") !== undefined);
  expect(dee.store.people().map(({ name }) => name)).toContain("Eve");
}, 60_000);
