import {
  certifyDevice,
  controlScope,
  createDeviceKeys,
  createHandshake,
  createPersonRoot,
  decodeFrame,
  encodeFrame,
  labels,
  nearbyBeaconKey,
  createBeaconTable,
  publicScope,
} from "@kith/core";
import type { Frame, Handshake, Link, PeerAddress, ProofKey, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, random } from "./memory-nodes.ts";
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

interface Stranger {
  readonly heard: Frame[];
  send(frame: Frame): void;
  sendRaw(type: number, payload: Uint8Array): void;
  readonly closed: Promise<string>;
  /** Resolves when a ping sent now has come back: everything before it was dealt with. */
  settled(): Promise<void>;
  close(): void;
}

/** The nearby key and the port that Ann's beacon gives to everybody. */
function hearAnn(): Promise<{ key: Uint8Array; port: number }> {
  const table = createBeaconTable<null>();
  table.set([{ key: nearbyBeaconKey(), ref: null }]);
  return new Promise((resolve, reject) => {
    house.network
      .discovery("10.0.0.200")
      .start((datagram) => {
        const payload = table.open(datagram)?.payload;
        if (payload?.kind === "nearby") resolve({ key: payload.key, port: payload.peerPort });
      })
      .catch(reject);
  });
}

/** A program of its own that speaks the protocol with a nearby key and no other. */
async function comeNear(): Promise<Stranger> {
  const { key, port } = await hearAnn();
  const address: PeerAddress = { host: ann.host, port };
  const link = await house.network
    .transport("10.0.0.200")
    .dial(address, { signal: AbortSignal.timeout(5_000) });
  return shakeHands(link, [{ kind: "nearby", key, space: null, invite: null, order: 0 }]);
}

function shakeHands(link: Link, keys: ProofKey[]): Promise<Stranger> {
  const device = createDeviceKeys(random);
  const root = createPersonRoot(random);
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: 1 });
  const machine: Handshake = createHandshake({
    role: link.role,
    exporter: link.exporter(labels.linkExporter),
    keys,
    identity: { device, certificate },
    random,
  });
  const heard: Frame[] = [];
  const waiting = new Map<number, () => void>();
  let pings = 1_000;
  return new Promise((resolve, reject) => {
    let open = false;
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<string>();
    const step = (out: ReturnType<Handshake["start"]>): void => {
      for (const { type, payload } of out.send) link.send(type, payload, "control");
      if (!out.done) return;
      open = true;
      resolve({
        heard,
        closed,
        send: (frame) => {
          const { type, payload } = encodeFrame(frame);
          link.send(type, payload, "control");
        },
        sendRaw: (type, payload) => void link.send(type, payload, "control"),
        settled: () =>
          new Promise((back) => {
            pings += 1;
            waiting.set(pings, back);
            const { type, payload } = encodeFrame({ type: "ping", n: pings });
            link.send(type, payload, "bulk");
          }),
        close: () => link.close("done"),
      });
    };
    link.attach({
      onFrame(type, payload) {
        try {
          if (!open) return step(machine.receive(type, payload));
          const frame = decodeFrame(type, payload);
          if (frame.type === "pong") waiting.get(frame.n)?.();
          else heard.push(frame);
        } catch (error) {
          reject(new Error("the node sent what does not decode", { cause: error }));
        }
      },
      onDrain: () => undefined,
      onClose: (reason) => {
        onClosed(reason);
        reject(new Error(`closed: ${reason}`));
      },
    });
    step(machine.start());
  });
}

const asks = { rung: "cells", count: 0, day: 0 } as const;
const bytes = (frames: readonly Frame[]): string => JSON.stringify(frames);

test("[SE1] [SE4] a visible stranger who knows every id is told and served nothing of a space", async () => {
  const stranger = await comeNear();
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
  stranger.send({ type: "boxWant", space, wants: [] });
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
  const stranger = await comeNear();
  await ann.until("both are listed", () => ann.service.peers().length === 2);
  await ann.service.setVisibility("hidden");
  // At once: not only because a stranger that does not answer is taken for gone.
  expect(ann.service.peers().map(({ id, shared }) => [id, shared])).toEqual([[ben.service.nodeId, true]]);
  expect(await stranger.closed).toBe("remote-closed");
});

test("[SE3] a question about a scope that is not served is answered with its end", async () => {
  const stranger = await comeNear();
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
  const stranger = await comeNear();
  stranger.sendRaw(200, new Uint8Array([1, 2, 3]));
  await stranger.settled();
  expect(ann.service.peers()[0]?.reputation).toBe(100);
  stranger.sendRaw(24, new Uint8Array([255, 255, 255]));
  expect(await stranger.closed).toBe("remote-closed");
  await ann.until("it is gone", () => ann.service.peers().length === 0);
});

test("attack 5: a join request from a stranger without the invite's proof admits nobody", async () => {
  const stranger = await comeNear();
  stranger.send({ type: "joinRequest", request: new Uint8Array(300) });
  await stranger.settled();
  expect(stranger.heard.some(({ type }) => type === "joinResult" || type === "box")).toBe(false);
  expect(ann.service.members("Harbour")).toHaveLength(1);
  stranger.close();
});

test("[SE14] a link that never ends its handshake is closed", async () => {
  const { port } = await hearAnn();
  const link = await house.network
    .transport("10.0.0.201")
    .dial({ host: ann.host, port }, { signal: AbortSignal.timeout(5_000) });
  const reason = await new Promise<string>((resolve) => {
    link.attach({ onFrame: () => undefined, onDrain: () => undefined, onClose: resolve });
  });
  expect(reason).toBe("remote-closed");
  expect(ann.service.peers()).toEqual([]);
}, 10_000);
