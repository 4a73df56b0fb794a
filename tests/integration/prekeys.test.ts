/** Prekeys over weeks, on nodes whose calendar a test turns: renewed, destroyed, and the way back for who boxed for one that is gone. */
import { kinds, StoreError } from "@kith/core";
import type { Clock, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock as realClock, createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

/** Of which a test calls what is asked for by itself: the looks at prekeys, an hour apart. */
const LOOK_MS = 3_600_000;

interface Calendar extends Clock {
  /** Time in which nothing else happens. */
  passDays(days: number): void;
}

function createCalendar(): Calendar {
  let passedMs = 0;
  const looks = new Set<() => void>();
  return {
    nowMs: () => realClock.nowMs() + passedMs,
    monotonicMs: () => realClock.monotonicMs(),
    after(delayMs, call) {
      if (delayMs !== LOOK_MS) return realClock.after(delayMs, call);
      looks.add(call);
      return () => looks.delete(call);
    },
    passDays(days) {
      passedMs += days * 86_400_000;
      const due = [...looks];
      looks.clear();
      for (const look of due) look();
    },
  };
}

let house: Household;
let calendar: Calendar;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;
let dee: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  calendar = createCalendar();
  const add = (name: string): Promise<Housemate> => house.add(name, { clock: calendar });
  ann = await add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  [bob, cem, dee] = [await add("Bob"), await add("Cem"), await add("Dee")];
  for (const node of [bob, cem, dee])
    expect((await node.service.join(invite.link ?? "", { waitMs: 15_000 })).step).toBe("done");
  await ann.service.changeRole("Harbour", "Cem", "admin");
  for (const node of [ann, bob, cem, dee])
    await node.until("all are linked, and Cem is admin", () => {
      const roles = node.service.members(space).map(({ role }) => role);
      return node.service.peers().length === 3 && roles.includes("admin");
    });
}, 20_000);

afterEach(() => house.stop());

const texts = (node: Housemate): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);
const say = (node: Housemate, text: string): Promise<unknown> =>
  node.service.postMessage({ space, channel: "general", text });
const hears = (node: Housemate, text: string): Promise<void> =>
  node.until(`"${text}"`, () => texts(node).includes(text));

function part(these: readonly Housemate[], those: readonly Housemate[], how: "cut" | "heal"): void {
  for (const a of these) for (const b of those) house.network[how](a.host, b.host);
}

/** Prekeys that this device has announced, as that one has heard. */
const announced = (of: Housemate, at: Housemate): number => {
  const { control } = scopesOf(at);
  return at.store
    .eventsOfScope(control, 0, 1_000)
    .filter(({ kind, device }) => kind === kinds["device.prekey"] && device === of.service.nodeId).length;
};
const scopesOf = (node: Housemate) => {
  const first = node.store.metaKeys(`epoch/${space}/`).map((key) => key.split("/")[2]);
  const [control] = first.filter((scope) => node.store.eventsOfScope(scope as never, 0, 1)[0]?.kind === 1);
  if (!control) throw new Error("no control scope");
  return { control: control as never };
};
const oldSecrets = (node: Housemate): string[] => node.store.metaKeys("identity/prekey-old/");

/** Time passes, and each of these has announced so many prekeys when it resolves. */
async function passWeeks(weeks: number, nodes: readonly Housemate[], most: number): Promise<void> {
  calendar.passDays(7 * weeks);
  for (const of of nodes)
    for (const at of nodes) await at.until(`${most} prekeys`, () => announced(of, at) >= most);
}

test("[EP80] a prekey that was used is renewed after a week, one that was not after six; what is boxed then opens", async () => {
  const all = [ann, bob, cem, dee];
  calendar.passDays(6);
  await say(ann, "in the first week");
  await hears(dee, "in the first week");
  expect(announced(bob, ann)).toBe(0);
  await passWeeks(1, all, 1);
  // Nothing was boxed for the new ones.
  calendar.passDays(30);
  await say(ann, "quiet");
  await hears(dee, "quiet");
  for (const of of all) expect(announced(of, ann)).toBe(1);
  await ann.service.removeMember("Harbour", "Dee");
  await say(ann, "for the newest prekeys");
  for (const node of [bob, cem]) await hears(node, "for the newest prekeys");
  await passWeeks(1, [ann, bob, cem], 2);
  await passWeeks(6, [ann, bob, cem], 3);
  for (const node of [ann, bob, cem]) expect((await node.service.verify()).problems).toEqual([]);
}, 60_000);

test("[EP82] the secret of a replaced prekey is kept for weeks, and then destroyed", async () => {
  const all = [ann, bob, cem, dee];
  await passWeeks(2, all, 1);
  await bob.until("the old one is kept", () => oldSecrets(bob).length === 1);
  const [first] = oldSecrets(bob);
  calendar.passDays(1);
  await ann.service.removeMember("Harbour", "Dee");
  await say(ann, "hello");
  await hears(bob, "hello");
  expect(oldSecrets(bob)).toEqual([first]);
  calendar.passDays(46);
  await bob.until("it is destroyed", () => !oldSecrets(bob).includes(first ?? ""));
  // As after a restart: what was written under keys that it opened is read by keys, not by it.
  expect((await bob.service.verify()).problems).toEqual([]);
}, 60_000);

test("[EP83] keys that were boxed for a prekey whose secret is gone are asked for, and what they open is read", async () => {
  const here = [ann, bob];
  part(here, [cem, dee], "cut");
  for (const node of here) await node.until("parted", () => node.service.peers().length === 1);
  await passWeeks(2, here, 1);
  for (const node of here) await node.until("the old one is kept", () => oldSecrets(node).length === 1);
  const first = here.flatMap(oldSecrets);
  calendar.passDays(46);
  for (const node of here)
    await node.until("it is destroyed", () => !oldSecrets(node).some((key) => first.includes(key)));
  // As Cem knows them, Ann and Bob have their first prekeys.
  await cem.service.removeMember(space, "Dee");
  await say(cem, "boxed for the dead");
  part(here, [cem, dee], "heal");
  for (const node of here) await hears(node, "boxed for the dead");
  await say(ann, "and answered");
  await hears(cem, "and answered");
}, 60_000);

test("[EP84] [EP85] [EP86] who lacks the key of what came asks whoever brought it, says so by name meanwhile, and reads it then", async () => {
  part([bob], [ann, cem, dee], "cut");
  await bob.until("alone", () => bob.service.peers().length === 0);
  // Ann hears of the new keys in time, Bob never meets Cem again.
  await cem.service.removeMember(space, "Dee");
  await say(cem, "by new keys");
  await hears(ann, "by new keys");
  await cem.stop();
  // Ann cannot write, and with that cannot make a box: each must be announced.
  const healthy = ann.store.commit;
  ann.store.commit = () => Promise.reject(new StoreError("STORE_FULL", "no room"));
  const told: unknown[] = [];
  bob.service.onLog((entries) => told.push(...entries.map(({ type, data }) => ({ type, data }))));
  part([bob], [ann], "heal");
  const waiting = () => bob.service.space(space).waiting;
  await bob.until("it says whom it waits for", () => waiting().length > 0);
  expect(waiting()).toEqual([
    {
      channel: null,
      person: ann.service.status().person,
      name: "Ann",
      device: ann.service.nodeId,
      deviceName: null,
      events: expect.any(Number) as number,
      sinceMs: expect.any(Number) as number,
    },
  ]);
  ann.store.commit = healthy;
  await hears(bob, "by new keys");
  await bob.until("nothing waits any more", () => waiting().length === 0);
  const changes = () => told.filter((entry) => JSON.stringify(entry).includes('"waiting"'));
  await bob.until("it is told", () => changes().length >= 2);
  expect(changes().at(-1)).toMatchObject({ type: "space", data: { space, change: "waiting", events: 0 } });
}, 60_000);
