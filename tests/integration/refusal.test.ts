/** Somebody came one too many over an invitation, and an admin refuses: what both sides see of it, then and after a restart. */
import type { SpaceId } from "@kith/core";
import { createMemoryDisk, createMemoryStore } from "@kith/store/memory";
import type { MemoryDisk } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;
let space: SpaceId;
const hosts = { Eva: "10.0.0.81", Fay: "10.0.0.82" } as const;
type Newcomer = keyof typeof hosts;
const disks = new Map<Newcomer, MemoryDisk>();

async function come(name: Newcomer): Promise<Housemate> {
  const disk = disks.get(name) ?? createMemoryDisk();
  disks.set(name, disk);
  return house.add(name, { store: createMemoryStore({ disk }), host: hosts[name] });
}

function part(these: readonly string[], those: readonly string[], how: "cut" | "heal"): void {
  for (const a of these) for (const b of those) house.network[how](a, b);
}

beforeEach(async () => {
  disks.clear();
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 2 });
  bob = await house.add("Bob");
  cem = await house.add("Cem");
  for (const node of [bob, cem])
    expect((await node.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
  for (const node of [ann, bob, cem])
    await node.until("all are linked", () => node.service.peers().filter((peer) => peer.shared).length === 2);
}, 60_000);

afterEach(() => house.stop());

/** Eva comes in by Ann and Fay by Bob, over an invite for one: who of them waits, as Ann sees it. */
async function oneTooMany(): Promise<{ id: string; name: Newcomer; node: Housemate; link: string }> {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const link = invite.link ?? "";
  await bob.until("Bob knows the invitation", () =>
    bob.service.invites("Harbour").some(({ id }) => id === invite.id),
  );
  part([ann.host, cem.host, hosts.Eva], [bob.host, hosts.Fay], "cut");
  await bob.until("parted", () => bob.service.peers().length === 0);
  const nodes = { Eva: await come("Eva"), Fay: await come("Fay") };
  for (const name of ["Eva", "Fay"] as const)
    expect((await nodes[name].service.join(link, { waitMs: 20_000 })).step).toBe("done");
  part([ann.host, cem.host, hosts.Eva], [bob.host, hosts.Fay], "heal");
  await ann.until("one waits", () => ann.service.joinRequests().length === 1);
  const [waiting] = ann.service.joinRequests();
  const name = waiting?.name === "Eva" ? "Eva" : "Fay";
  return { id: waiting?.id ?? "", name, node: nodes[name], link };
}

test("[SP124] who is refused is told by whom, stays out over the same link, after a restart too, and comes in by another", async () => {
  const told: string[] = [];
  ann.service.onLog((entries) => {
    for (const { type, data } of entries) if (type === "space") told.push(JSON.stringify(data));
  });
  const isTold = (waiting: number) => (): boolean =>
    told.includes(JSON.stringify({ space, change: "join-requests", waiting }));
  const { id, node, name, link } = await oneTooMany();
  await ann.until("the log tells of one who waits", isTold(1));
  await node.until("it is told to wait", () =>
    node.service.joins().some(({ step, detail }) => step === "asking" && detail.includes("decides")),
  );
  await bob.until("Bob sees it wait too", () => bob.service.joinRequests().length === 1);
  await expect(cem.service.refuseWaiting(id)).rejects.toMatchObject({
    code: expect.stringMatching(/NOT_ALLOWED|UNKNOWN_PERSON/),
  });
  await ann.service.refuseWaiting(id);
  expect(ann.service.joinRequests()).toEqual([]);
  await ann.until("the log tells that nobody waits", isTold(0));
  await expect(ann.service.refuseWaiting(id)).rejects.toMatchObject({ code: "UNKNOWN_PERSON" });
  await bob.until("it waits nowhere", () => bob.service.joinRequests().length === 0);
  const refused = { step: "failed", detail: "Ann refused." };
  await node.until("the newcomer is told", () => node.service.joins().some(({ step }) => step === "failed"));
  expect(node.service.joins()).toMatchObject([refused]);
  expect(node.service.space(space)).toMatchObject({ state: "removed", role: null });
  await expect(node.service.join(link, { waitMs: 20_000 })).rejects.toMatchObject({
    code: "JOIN_REFUSED",
    message: "Ann refused.",
  });
  expect(ann.service.joinRequests()).toEqual([]);
  await node.stop();
  await node.store.close();
  const again = await come(name);
  expect(again.service.joins()).toMatchObject([refused]);
  expect(again.service.space(space).state).toBe("removed");
  expect(ann.service.joinRequests()).toEqual([]);
  await again.service.giveUpJoin(again.service.joins()[0]?.invite ?? "");
  expect(again.service.joins()).toEqual([]);
  const other = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  expect((await again.service.join(other.link ?? "", { waitMs: 20_000 })).step).toBe("done");
  await cem.until("it is here", () => cem.service.members(space).some((one) => one.name === name));
  expect(again.service.space(space)).toMatchObject({ state: "ready", role: "member" });
}, 120_000);

test("[SP124] who was away while it was refused is told when it comes back", async () => {
  const { id, node, name } = await oneTooMany();
  await node.until("it is told to wait", () =>
    node.service.joins().some(({ detail }) => detail.includes("decides")),
  );
  await node.stop();
  await node.store.close();
  await ann.service.refuseWaiting(id);
  await bob.until("it waits nowhere", () => bob.service.joinRequests().length === 0);
  const again = await come(name);
  await again.until("it is told", () =>
    again.service.joins().some(({ step, detail }) => step === "failed" && detail === "Ann refused."),
  );
  expect(ann.service.joinRequests()).toEqual([]);
}, 120_000);

test("[SP124] who waits and is let in goes on by itself", async () => {
  const { node } = await oneTooMany();
  await node.until("it is told to wait", () =>
    node.service.joins().some(({ detail }) => detail.includes("decides")),
  );
  const [waiting] = ann.service.joinRequests();
  await ann.service.admitWaiting(space, waiting?.person ?? "");
  await node.until("it is in", () => node.service.space(space).role === "member");
  await node.until("nothing is under way", () => node.service.joins().every(({ step }) => step === "done"));
}, 120_000);
