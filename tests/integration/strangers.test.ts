import { controlScope, decodeOuter, LOCKED_WANTS_MAX, publicScope } from "@kith/core";
import type { Frame, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { comeNear, hearNearby } from "./hand-made.ts";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann", { visibility: "nearby" });
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "not for strangers" });
});

afterEach(() => house.stop());

const asks = { rung: "cells", count: 0, day: 0 } as const;
const bytes = (frames: readonly Frame[]): string => JSON.stringify(frames);

test("[SE1] [SE4] a visible stranger who knows every id is told and served nothing of a space", async () => {
  const stranger = await comeNear(house, ann);
  await ann.until("the stranger is listed", () => ann.service.peers().length === 1);
  const before = (await ann.service.verify()).roots;
  const scopes = [controlScope(space), publicScope(space)];
  const held = scopes.flatMap((scope) => ann.store.eventsOfScope(scope, 0, 100));
  stranger.send({ type: "open", space });
  for (const scope of scopes) {
    stranger.send({ type: "syncRoot", scope, session: 1, root: new Uint8Array(32), ...asks });
    stranger.send({
      type: "want",
      scope,
      ids: held.filter((event) => event.scope === scope).map(({ id }) => id),
    });
    stranger.send({ type: "heights", scope, heights: [{ device: ann.service.nodeId, seq: 1 }] });
    stranger.send({
      type: "events",
      scope,
      outers: held.filter((event) => event.scope === scope).map(({ outer }) => outer),
    });
  }
  const locked = held
    .slice(0, LOCKED_WANTS_MAX)
    .map(({ scope, outer }) => ({ scope, ...decodeOuter(outer) }));
  stranger.send({ type: "boxWant", space, wants: [], locked });
  await stranger.settled();
  expect(
    stranger.heard.filter(({ type }) =>
      ["events", "box", "open", "syncBuckets", "syncIds", "heights"].includes(type),
    ),
  ).toEqual([]);
  const said = bytes(stranger.heard.filter(({ type }) => type !== "syncDone"));
  for (const secret of [space, ...scopes, "Harbour"]) expect(said).not.toContain(secret);
  expect((await ann.service.verify()).roots).toEqual(before);
  expect(ann.service.messages({ limit: 1 }).items[0]?.delivery).toEqual({ devices: 0, of: 0, readBy: 0 });
  stranger.close();
});

test("[DI11] whoever is visible no more leaves the strangers met that way, and keeps the members", async () => {
  const ben = await house.add("Ben");
  const { link } = await ann.service.createInvite(space, { role: "member", expiresInMs: 60_000, uses: 1 });
  await ben.service.join(link ?? "", { waitMs: 5_000 });
  await ann.until("Ben is linked", () => ann.service.peers().some(({ shared }) => shared));
  const stranger = await comeNear(house, ann);
  await ann.until("both are listed", () => ann.service.peers().length === 2);
  await ann.service.setVisibility("hidden");
  // At once: not only because a stranger that does not answer is taken for gone.
  expect(ann.service.peers().map(({ id, shared }) => [id, shared])).toEqual([[ben.service.nodeId, true]]);
  expect(await stranger.closed).toBe("remote-closed");
});

test("[SE3] a question about a scope that is not served is answered with its end", async () => {
  const stranger = await comeNear(house, ann);
  stranger.send({
    type: "syncRoot",
    scope: publicScope(space),
    session: 1,
    root: new Uint8Array(32),
    ...asks,
  });
  await stranger.settled();
  expect(stranger.heard).toContainEqual({
    type: "syncDone",
    scope: publicScope(space),
    session: 1,
    state: "ended",
  });
  stranger.close();
});

test("[SE13] a frame that does not decode ends the session and costs reputation; an unknown type costs nothing", async () => {
  const stranger = await comeNear(house, ann);
  stranger.sendRaw(200, new Uint8Array([1, 2, 3]));
  await stranger.settled();
  expect(ann.service.peers()[0]?.reputation).toBe(100);
  stranger.sendRaw(24, new Uint8Array([255, 255, 255]));
  expect(await stranger.closed).toBe("remote-closed");
  await ann.until("it is gone", () => ann.service.peers().length === 0);
});

test("attack 5: a join request from a stranger without the invite's proof admits nobody", async () => {
  const stranger = await comeNear(house, ann);
  stranger.send({ type: "joinRequest", request: new Uint8Array(300) });
  await stranger.settled();
  expect(stranger.heard.some(({ type }) => type === "joinResult" || type === "box")).toBe(false);
  expect(ann.service.members("Harbour")).toHaveLength(1);
  stranger.close();
});

test("[SE14] a link that never ends its handshake is closed", async () => {
  const { port } = await hearNearby(house);
  const link = await house.network
    .transport("10.0.0.201")
    .dial({ host: ann.host, port }, { signal: AbortSignal.timeout(5_000) });
  const reason = await new Promise<string>((resolve) => {
    link.attach({ onFrame: () => undefined, onDrain: () => undefined, onClose: resolve });
  });
  expect(reason).toBe("remote-closed");
  expect(ann.service.peers()).toEqual([]);
}, 10_000);
