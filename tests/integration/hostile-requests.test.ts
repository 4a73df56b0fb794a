import { encodeConversationRequest, spaceIdOf, toId } from "@kith/core";
import type { EventId, PersonId, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { comeNear, createStranger } from "./hand-made.ts";
import type { Stranger } from "./hand-made.ts";
import { createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann", { visibility: "nearby" });
});

afterEach(() => house.stop());

const self = (): PersonId => ann.service.status().person;

/** A request as this stranger may send it, or as one of somebody else. */
function requestOf(
  stranger: Stranger,
  { from = stranger.person, to = self(), text = "hi" } = {},
): Uint8Array {
  const salt = random.bytes(32);
  const { device } = stranger;
  const space = spaceIdOf({ person: from, device, salt, kind: "direct", name: to, profile: "archive" });
  return encodeConversationRequest({
    kind: "direct",
    seed: random.bytes(16),
    space,
    head: toId<EventId>(random.bytes(32)),
    hints: [{ host: "10.0.0.77", port: 5_484 }],
    founding: { device, salt, profile: "archive" },
    text,
  });
}

const waiting = (): string[] => ann.service.requests().map(({ text }) => text ?? "");

test("[IN25] attack: a request that is replayed, on the same link and on another, is one request", async () => {
  const keys = createStranger();
  const stranger = await comeNear(house, ann, keys);
  const request = requestOf(stranger);
  for (let times = 0; times < 5; times += 1) stranger.send({ type: "talkRequest", request });
  await stranger.settled();
  await ann.until("it waits", () => waiting().length === 1);
  stranger.close();
  await ann.until("it is gone", () => ann.service.peers().length === 0);
  const again = await comeNear(house, ann, keys);
  again.send({ type: "talkRequest", request });
  await again.settled();
  expect(waiting()).toEqual(["hi"]);
  const { id } = ann.service.requests()[0] ?? { id: "" };
  await ann.service.declineRequest(id);
  again.send({ type: "talkRequest", request });
  await again.settled();
  expect(waiting()).toEqual([]);
  await expect(ann.service.acceptRequest(id, { waitMs: 0 })).rejects.toMatchObject({
    code: "UNKNOWN_INVITE",
  });
  again.close();
});

test("[IN24] attack: another person's request is refused whoever bears it, and costs its bearer", async () => {
  const victim = await comeNear(house, ann);
  const stolen = requestOf(victim);
  victim.close();
  await ann.until("the victim is gone", () => ann.service.peers().length === 0);
  const thief = await comeNear(house, ann);
  thief.send({ type: "talkRequest", request: stolen });
  await thief.settled();
  expect(waiting()).toEqual([]);
  expect(ann.service.peers()[0]?.reputation).toBe(80);
  thief.send({ type: "talkRequest", request: requestOf(thief, { to: thief.person }) });
  thief.send({ type: "talkRequest", request: requestOf(thief, { from: victim.person }) });
  await thief.settled();
  expect(waiting()).toEqual([]);
  expect(ann.service.peers()[0]?.reputation).toBe(40);
  thief.close();
});

test("[IN26] attack: a flood of requests leaves four of one person, and ends the link", async () => {
  const stranger = await comeNear(house, ann);
  for (let count = 0; count < 64; count += 1)
    stranger.send({ type: "talkRequest", request: requestOf(stranger, { text: `${count}` }) });
  await stranger.settled();
  await ann.until("some wait", () => waiting().length === 4);
  expect(waiting().toSorted()).toEqual(["0", "1", "2", "3"]);
  for (let count = 0; count < 5; count += 1)
    stranger.send({ type: "talkRequest", request: requestOf(stranger) });
  expect(await stranger.closed).toBe("remote-closed");
  expect(waiting()).toHaveLength(4);
});

test("[IN26] attack: strangers that make up people fill their own share and not that of members", async () => {
  for (let count = 0; count < 10; count += 1) {
    const stranger = await comeNear(house, ann);
    for (let each = 0; each < 4; each += 1)
      stranger.send({ type: "talkRequest", request: requestOf(stranger) });
    await stranger.settled();
    stranger.close();
    await ann.until("it is gone", () => ann.service.peers().length === 0);
  }
  expect(waiting()).toHaveLength(32);
  const ben = await house.add("Ben");
  const space = await ann.service.createSpace({ name: "Harbour" });
  const { link } = await ann.service.createInvite(space.id, { role: "member", expiresInMs: null, uses: 1 });
  await ben.service.join(link ?? "", { waitMs: 8_000 });
  await ben.service.direct("Ann", "let me through");
  await ann.until("the member's request", () => waiting().includes("let me through"));
});

test("[IN26] [IN28] attack: into somebody who has blocked: no request arrives, and nobody is told", async () => {
  const keys = createStranger();
  const stranger = await comeNear(house, ann, keys);
  await ann.until("the stranger is listed", () => ann.service.people().length === 1);
  await ann.service.block(stranger.person);
  stranger.send({ type: "talkRequest", request: requestOf(stranger) });
  const before = stranger.heard.length;
  await stranger.settled();
  expect(waiting()).toEqual([]);
  expect(stranger.heard.slice(before)).toEqual([]);
  expect(ann.service.peers()[0]?.reputation).toBe(100);
  stranger.close();
});

test("[IN27] until it is accepted a request opens nothing: no address is called, no frame of its space is served", async () => {
  const stranger = await comeNear(house, ann);
  const request = requestOf(stranger);
  stranger.send({ type: "talkRequest", request });
  const space = toId<SpaceId>(random.bytes(32));
  stranger.send({ type: "open", space });
  await stranger.settled();
  await ann.until("it waits", () => waiting().length === 1);
  expect(stranger.heard.filter(({ type }) => type === "joinRequest" || type === "open")).toEqual([]);
  expect(ann.service.joins()).toEqual([]);
  // Accepted, it is asked for on this very link, once.
  const { id } = ann.service.requests()[0] ?? { id: "" };
  await ann.service.acceptRequest(id, { waitMs: 0 });
  await stranger.settled();
  expect(stranger.heard.filter(({ type }) => type === "joinRequest")).toHaveLength(1);
  stranger.close();
});
