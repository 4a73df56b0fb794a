import type { SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;
let dee: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  bob = await house.add("Bob");
  cem = await house.add("Cem");
  dee = await house.add("Dee");
  for (const node of [bob, cem, dee])
    expect((await node.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  for (const node of [ann, bob, cem, dee])
    await node.until("all are linked", () => node.service.peers().length === 3);
}, 20_000);

afterEach(() => house.stop());

const texts = (node: Housemate): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);

async function say(node: Housemate, text: string): Promise<string> {
  return (await node.service.postMessage({ space, channel: "general", text })).id;
}

const hears = (node: Housemate, text: string): Promise<void> =>
  node.until(`"${text}"`, () => texts(node).includes(text));

/** The person of the other of the two. */
const other = (node: Housemate): string => (node === ann ? cem : ann).service.status().person;

const isRemoved = (node: Housemate): boolean => node.service.space(space).state === "removed";

/** Parts the two sides from each other. */
function part(these: readonly Housemate[], those: readonly Housemate[], how: "cut" | "heal"): void {
  for (const a of these) for (const b of those) house.network[how](a.host, b.host);
}

test("attack 21: what is written after a removal opens with no key of the removed, who is told and shown nothing more", async () => {
  await say(ann, "before");
  await hears(cem, "before");
  await ann.service.removeMember("Harbour", "Cem");
  await cem.until("Cem is told", () => isRemoved(cem));
  for (const node of [bob, dee])
    await node.until("Cem is gone", () => node.service.members(space).length === 3);
  const later = [await say(ann, "after 1"), await say(bob, "after 2"), await say(dee, "after 3")];
  for (const node of [ann, bob, dee]) await node.until("four messages", () => texts(node).length === 4);
  expect(opening(ann.store, bob.store, later)).toEqual(later);
  expect(opening(ann.store, cem.store, later)).toEqual([]);
  expect(texts(cem)).toEqual(["before"]);
  await expect(say(cem, "still here?")).rejects.toMatchObject({
    code: "NOT_ALLOWED",
    message: "You are not a member of this space any more.",
  });
  for (const node of [ann, bob, dee]) expect((await node.service.verify()).problems).toEqual([]);
}, 30_000);

test("attack 30: who is removed while cut off is not heard beyond what the remover had seen; who did not know stays", async () => {
  await say(cem, "seen by all");
  for (const node of [ann, bob, dee]) await hears(node, "seen by all");
  part([ann, bob], [cem, dee], "cut");
  for (const node of [ann, dee]) await node.until("parted", () => node.service.peers().length === 1);
  await ann.service.removeMember("Harbour", "Cem");
  await say(cem, "unseen by Ann");
  await hears(dee, "unseen by Ann");
  await say(dee, "written before Dee knew");
  await hears(cem, "written before Dee knew");
  const first = await say(bob, "after the removal");
  part([ann, bob], [cem, dee], "heal");
  await dee.until("Dee knows", () => dee.service.members(space).length === 3);
  const second = await say(dee, "written when Dee knew");
  const all = ["seen by all", "after the removal", "written before Dee knew", "written when Dee knew"];
  for (const node of [ann, bob, dee]) {
    await node.until("all four", () => texts(node).length === 4);
    expect(texts(node).toSorted()).toEqual(all.toSorted());
    expect(texts(node)).toEqual(texts(ann));
  }
  // All hold the same set, what is shown to nobody included.
  for (const node of [bob, dee])
    await node.until("in sync", () => node.service.peers().every(({ inSync, shared }) => inSync || !shared));
  expect(opening(ann.store, cem.store, [first, second])).toEqual([]);
  for (const node of [ann, bob, dee]) expect((await node.service.verify()).problems).toEqual([]);
}, 30_000);

test("who leaves is in the space no more, and the next to write makes new keys", async () => {
  await say(bob, "hello");
  await hears(cem, "hello");
  await cem.service.leaveSpace("Harbour");
  expect(cem.service.spaces()).toEqual([]);
  for (const node of [ann, bob]) await node.until("Cem left", () => node.service.members(space).length === 3);
  const later = await say(bob, "without Cem");
  await hears(ann, "without Cem");
  expect(opening(ann.store, cem.store, [later])).toEqual([]);
  await expect(ann.service.leaveSpace("Harbour")).rejects.toMatchObject({ code: "LAST_OWNER" });
}, 30_000);

test("[IN32] after the revocation of an open invite the next to write makes new keys, after that of a gated one they stay", async () => {
  const options = { role: "member", expiresInMs: null, uses: 1 } as const;
  const gated = await ann.service.createInvite("Harbour", { ...options, mode: "gated" });
  const open = await ann.service.createInvite("Harbour", { ...options, mode: "open" });
  await say(ann, "before");
  for (const node of [bob, cem]) await hears(node, "before");
  // Cem has the keys that there are, and is not told of others.
  part([cem], [ann, bob, dee], "cut");
  const revokedAtBob = (id: string): Promise<void> =>
    bob.until("Bob knows of the revocation", () =>
      bob.service.invites(space).some((one) => one.id === id && one.revoked),
    );
  await ann.service.revokeInvite("Harbour", gated.id);
  await revokedAtBob(gated.id);
  const same = await say(bob, "under the keys of before");
  await hears(ann, "under the keys of before");
  expect(opening(ann.store, cem.store, [same])).toEqual([same]);
  await ann.service.revokeInvite("Harbour", open.id);
  await revokedAtBob(open.id);
  const later = await say(bob, "under new keys");
  await hears(ann, "under new keys");
  expect(opening(ann.store, cem.store, [same, later])).toEqual([same]);
  part([cem], [ann, bob, dee], "heal");
  await hears(cem, "under new keys");
}, 30_000);

test("[SP42] who leaves while nobody is near is gone for the others when they meet again, by links alone too", async () => {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const eva = await house.add("Eva", {
    openDiscovery: null,
    peers: [{ host: ann.host, port: ann.peerPort ?? 0 }],
  });
  expect((await eva.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  part([ann, bob, cem, dee], [eva], "cut");
  await eva.until("alone", () => eva.service.peers().length === 0);
  await eva.service.leaveSpace("Harbour");
  part([ann, bob, cem, dee], [eva], "heal");
  for (const node of [ann, bob, dee])
    await node.until("Eva left", () => node.service.members(space).length === 4);
  const later = await say(bob, "without Eva");
  await hears(ann, "without Eva");
  expect(opening(ann.store, eva.store, [later])).toEqual([]);
}, 40_000);

test("[SP42] who was removed by somebody who had no right to it any more hears so, and is back", async () => {
  await ann.service.changeRole("Harbour", "Bob", "admin");
  for (const node of [bob, cem, dee])
    await node.until("Bob is admin", () =>
      node.service.members(space).some(({ name, role }) => name === "Bob" && role === "admin"),
    );
  part([ann, dee], [bob, cem], "cut");
  for (const node of [ann, bob]) await node.until("parted", () => node.service.peers().length === 1);
  await ann.service.removeMember("Harbour", "Bob");
  await bob.service.removeMember(space, "Cem");
  await cem.until("Cem is told", () => isRemoved(cem));
  part([ann, dee], [bob, cem], "heal");
  await cem.until("Cem is back", () => !isRemoved(cem));
  await say(cem, "still here");
  for (const node of [ann, dee]) await hears(node, "still here");
}, 40_000);

test("who was removed comes back by a new invitation, with the history, and writes again", async () => {
  await say(cem, "before");
  await hears(ann, "before");
  await ann.service.removeMember("Harbour", "Cem");
  await cem.until("Cem is told", () => isRemoved(cem));
  await say(ann, "meanwhile");
  // What is no longer shared is parted from; the invitation is shown on a link of its own.
  for (const node of [ann, cem])
    await node.until("parted", () =>
      node.service.peers().every(({ person, shared }) => !shared || person !== other(node)),
    );
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  expect((await cem.service.join(invite.link ?? "", { waitMs: 8_000 })).step).toBe("done");
  await hears(cem, "meanwhile");
  await say(cem, "back again");
  for (const node of [ann, bob, dee]) {
    await hears(node, "back again");
    expect(texts(node).toSorted()).toEqual(["back again", "before", "meanwhile"]);
  }
}, 30_000);

test("ranks change, and with them what one may do", async () => {
  await ann.service.changeRole("Harbour", "Bob", "admin");
  await bob.until("Bob is admin", () => bob.service.space(space).role === "admin");
  await bob.service.renameSpace("Harbour", "Quay");
  await cem.until("the new name", () => cem.service.space(space).name === "Quay");
  await bob.service.changeRole(space, "Cem", "reader");
  await cem.until("Cem reads", () => cem.service.space(space).role === "reader");
  await expect(say(cem, "may I?")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await expect(bob.service.removeMember(space, "Ann")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await expect(cem.service.removeMember(space, "Dee")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await bob.service.removeMember(space, "Cem");
  await cem.until("Cem is told", () => isRemoved(cem));
}, 30_000);

test("[IN21] who was one too many over an invitation waits, and is let in by an admin", async () => {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  await bob.until("Bob knows the invitation", () =>
    bob.service.invites("Harbour").some(({ id }) => id === invite.id),
  );
  part([ann, cem, dee], [bob], "cut");
  for (const node of [ann, bob])
    await node.until(
      "parted",
      () => node.service.peers().length < 3 && (node !== bob || node.service.peers().length === 0),
    );
  const [eva, fay] = [await house.add("Eva"), await house.add("Fay")];
  part([eva], [bob, fay], "cut");
  part([fay], [ann, cem, dee], "cut");
  const joining = [eva, fay].map((node) => node.service.join(invite.link ?? "", { waitMs: 8_000 }));
  await ann.until("Eva is in", () => ann.service.members(space).some(({ name }) => name === "Eva"));
  await bob.until("Fay is in", () => bob.service.members(space).some(({ name }) => name === "Fay"));
  part([ann, cem, dee, eva], [bob, fay], "heal");
  await ann.until("one waits", () => ann.service.joinRequests().length === 1);
  const [waiting] = ann.service.joinRequests();
  const node = waiting?.name === "Eva" ? eva : fay;
  await expect(cem.service.admitWaiting(space, waiting?.person ?? "")).rejects.toMatchObject({
    code: expect.stringMatching(/NOT_ALLOWED|UNKNOWN_PERSON/),
  });
  await ann.service.admitWaiting(space, waiting?.person ?? "");
  await node.until("let in", () => node.service.space(space).role === "member");
  await Promise.all(joining);
  expect(ann.service.joinRequests()).toEqual([]);
  await say(node, "made it");
  for (const other of [ann, bob, cem, dee]) {
    await hears(other, "made it");
    expect((await other.service.verify()).problems).toEqual([]);
  }
}, 40_000);
