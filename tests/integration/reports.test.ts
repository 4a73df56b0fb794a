/** Messages reported to owners and admins: real nodes, what each can read of it, and what it is told. */
import type { EventId } from "@kith/core";
import type { Message, Role } from "@kith/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
const nodes = new Map<string, Housemate>();
const roles: Readonly<Record<string, Role>> = {
  Ann: "owner",
  Ada: "admin",
  Mia: "member",
  Max: "member",
  Rea: "reader",
};

beforeEach(async () => {
  house = createHousehold();
  nodes.clear();
  const ann = await house.add("Ann");
  nodes.set("Ann", ann);
  await ann.service.createSpace({ name: "Harbour" });
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 4 });
  for (const name of Object.keys(roles).slice(1)) {
    const node = await house.add(name);
    expect((await node.service.join(link ?? "", { waitMs: 20_000 })).step).toBe("done");
    nodes.set(name, node);
  }
  await ann.service.changeRole("Harbour", "Ada", "admin");
  await ann.service.changeRole("Harbour", "Rea", "reader");
  for (const node of nodes.values())
    await node.until("all are there, with their ranks", () =>
      Object.entries(roles).every(([name, role]) =>
        node.service.members("Harbour").some((one) => one.name === name && one.role === role),
      ),
    );
}, 60_000);

afterEach(() => house.stop());

const of = (name: string): Housemate => {
  const node = nodes.get(name);
  if (!node) throw new Error(`no node of ${name}`);
  return node;
};
const listed = (name: string) => of(name).service.reports("Harbour");

/** A message that all have heard. */
async function say(by: string, text: string): Promise<Message> {
  const message = await of(by).service.postMessage({ space: "Harbour", channel: "general", text });
  for (const node of nodes.values())
    await node.until("heard", () =>
      node.service.messages({ limit: 99 }).items.some(({ id }) => id === message.id),
    );
  return message;
}

const isHere = (node: Housemate, id: string): boolean => node.store.event(id as EventId) !== null;
const told = (name: string, since: string) =>
  of(name)
    .service.log(since, 999)
    .filter(({ type }) => type === "report")
    .map(({ data }) => data);

test("[SP125] [SP127] [SP129] [HT111] a reader reports: owner and admin read it and are told, the others hold it and read nothing", async () => {
  const message = await say("Max", "buy now");
  const cursors = new Map([...nodes].map(([name, { service }]) => [name, service.cursor()]));
  const { id } = await of("Rea").service.report(message.id, "  an\nadvertisement ");
  for (const name of ["Ann", "Ada"]) {
    await of(name).until("listed", () => listed(name).length === 1);
    expect(listed(name)[0]).toMatchObject({
      id,
      byName: "Rea",
      reason: "an advertisement",
      messageId: message.id,
      message: { text: "buy now", authorName: "Max" },
    });
    expect(told(name, cursors.get(name) ?? "")).toMatchObject([
      { change: "new", report: id, message: message.id },
    ]);
  }
  for (const name of ["Max", "Mia", "Rea"]) {
    await of(name).until("the event is here", () => isHere(of(name), id));
    expect(() => listed(name)).toThrow(expect.objectContaining({ code: "NOT_ALLOWED" }));
    expect(told(name, cursors.get(name) ?? "")).toEqual([]);
  }
  for (const name of ["Max", "Mia"])
    expect(
      of(name)
        .store.metaKeys("report")
        .filter((key) => key.startsWith("report/")),
    ).toEqual([]);
  expect((await of("Max").service.verify()).problems).toEqual([]);
});

test("[SP128] [HT108] reported again it is the same report, and each person has one about a message", async () => {
  const message = await say("Max", "buy now");
  const first = await of("Mia").service.report(message.id, null);
  expect(await of("Mia").service.report(message.id, "again")).toEqual(first);
  await of("Rea").service.report(message.id, null);
  await of("Ann").until("both", () => listed("Ann").length === 2);
  expect(listed("Ann").map(({ byName }) => byName)).toEqual(["Mia", "Rea"]);
});

test("[SP129] [HT109] [HT110] what is handled leaves the list here alone, and what is deleted every list", async () => {
  const [one, other] = [await say("Max", "buy now"), await say("Max", "and now")];
  const { id } = await of("Mia").service.report(one.id, null);
  await of("Mia").service.report(other.id, null);
  for (const name of ["Ann", "Ada"]) await of(name).until("listed", () => listed(name).length === 2);
  await expect(of("Mia").service.handleReport(id)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await expect(of("Ann").service.handleReport(one.id)).rejects.toMatchObject({ code: "UNKNOWN_REPORT" });
  const since = of("Ann").service.cursor();
  await of("Ann").service.handleReport(id);
  await of("Ann").service.handleReport(id);
  expect(told("Ann", since)).toMatchObject([{ change: "handled", report: id }]);
  expect([listed("Ann").length, listed("Ada").length]).toEqual([1, 2]);
  await of("Ada").service.deleteMessage(other.id);
  await of("Ann").until("deleted", () => listed("Ann").length === 0);
  expect(listed("Ada").map((report) => report.id)).toEqual([id]);
});

test("[SP127] an admin does not read what is reported about their own message", async () => {
  const message = await say("Ada", "I decide");
  const { id } = await of("Mia").service.report(message.id, "unfair");
  await of("Ann").until("listed", () => listed("Ann").length === 1);
  await of("Ada").until("the event is here", () => isHere(of("Ada"), id));
  expect(listed("Ada")).toEqual([]);
});

test("[HT108] one's own message, a deleted one and one that nobody else could judge are not reported", async () => {
  const own = await say("Mia", "mine");
  await expect(of("Mia").service.report(own.id, null)).rejects.toMatchObject({ code: "BAD_INPUT" });
  await expect(of("Ann").service.report(own.id, "x".repeat(281))).rejects.toMatchObject({
    code: "BAD_INPUT",
  });
  await of("Mia").service.deleteMessage(own.id);
  await expect(of("Mia").service.report(own.id, null)).rejects.toMatchObject({ code: "BAD_INPUT" });
  await of("Max").until("deleted", () => of("Max").service.message(own.id).deleted);
  await expect(of("Max").service.report(own.id, null)).rejects.toMatchObject({ code: "MESSAGE_DELETED" });
  const space = await of("Ann").service.createSpace({ name: "Two" });
  const { link } = await of("Ann").service.createInvite("Two", {
    role: "member",
    expiresInMs: null,
    uses: 1,
  });
  await of("Mia").service.join(link ?? "", { waitMs: 20_000 });
  const { id } = await of("Ann").service.postMessage({ space: space.id, channel: "general", text: "hi" });
  await of("Mia").until(
    "heard",
    () => of("Mia").service.messages({ space: "Two", limit: 9 }).items.length > 0,
  );
  await expect(of("Mia").service.report(id, null)).rejects.toMatchObject({ code: "NO_ADMIN" });
});

test("[SP129] a report that came before the device stopped is looked into when it starts again", async () => {
  const message = await say("Max", "buy now");
  const { id } = await of("Mia").service.report(message.id, "rude");
  await of("Ann").until("listed", () => listed("Ann").length === 1);
  const { store } = of("Ann");
  await of("Ann").stop();
  await store.commit({
    meta: [
      { key: `report/${id}`, value: null },
      { key: `report-new/${id}`, value: Uint8Array.of(1) },
    ],
  });
  nodes.set("Ann", await house.add("Ann", { store, host: "10.0.1.1" }));
  await of("Ann").until("listed", () => listed("Ann").length === 1);
  expect(listed("Ann")[0]).toMatchObject({ id, reason: "rude" });
});

test("[SP128] of two reports of one person about one message the first counts, here and once it is handled", async () => {
  const message = await say("Max", "buy now");
  const first = await of("Mia").service.report(message.id, "first");
  // As from another device of hers, which had not heard of it.
  const { store } = of("Mia");
  await of("Mia").stop();
  await store.commit({ meta: [{ key: `report/${first.id}`, value: null }] });
  nodes.set("Mia", await house.add("Mia", { store, host: "10.0.1.1" }));
  const second = await of("Mia").service.report(message.id, "second");
  expect(second.id).not.toBe(first.id);
  await of("Ann").until("both are here", () => of("Ann").store.meta(`report/${second.id}`) !== null);
  expect(listed("Ann").map(({ id, reason }) => [id, reason])).toEqual([[first.id, "first"]]);
  await of("Ann").service.handleReport(first.id);
  expect(listed("Ann")).toEqual([]);
});

test("[SP125] a message of a private channel is reported without a word of the channel to who is not in it", async () => {
  await of("Mia").service.createChannel("Harbour", "Cabin", { private: true, people: ["Max"] });
  await of("Max").until("added", () => of("Max").service.channels("Harbour").length === 2);
  const { id } = await of("Max").service.postMessage({ space: "Harbour", channel: "Cabin", text: "hush" });
  await of("Mia").until("heard", () =>
    of("Mia")
      .service.messages({ limit: 9 })
      .items.some((one) => one.id === id),
  );
  await of("Mia").service.report(id, "threatens me");
  await of("Ann").until("listed", () => listed("Ann").length === 1);
  expect(listed("Ann")[0]).toMatchObject({ messageId: id, message: null, reason: "threatens me" });
});
