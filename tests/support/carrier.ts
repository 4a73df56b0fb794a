/**
 * Somebody who carries a space's events and is not in it, as a process of its own: has every ciphertext and the keys by which
 * topics are found, and tries what it can with them. One order on standard input, what came of it on standard output, as JSON.
 * Started by carrying.ts.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import {
  certifyDevice,
  createDeviceKeys,
  createHandshake,
  createJoinRequest,
  createNodeBox,
  createPersonRoot,
  createPrekey,
  decodeBody,
  decodeFrame,
  decodeOuter,
  deriveEpochKeys,
  encodeFrame,
  labels,
  openEvent,
  sealEvent,
} from "@kith/core";
import type { Body, EpochKeys, Frame, Header, ProofKey, SpaceId } from "@kith/core";
import type { Act, Carried, Findings, Order, Read } from "./carrying.ts";
import { knock } from "./stranger.ts";

const random = { bytes: (length: number): Uint8Array => new Uint8Array(randomBytes(length)) };
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
/** Of an event that no key opens. */
const CLOSED = ["EVENT_TAG", "EVENT_HEADER"];
/** A refused event costs a device of its standing; more than so many and the node hangs up. */
const FORGED_A_LINK = 3;
/** Answers that a node has to work for come in far less. What does not come cannot be awaited otherwise. */
const STAY_MS = 1_500;

/** Keys of an epoch as they would be if this one value opened it: as a key of any use, and as the secret behind all. */
function guessesOf({ space, scope, epoch, keys }: Order["topics"][number], tag: Uint8Array): EpochKeys[] {
  const values = keys.map(bytesOf);
  return values.flatMap((value) => [
    {
      ...deriveEpochKeys({ space, scope, headerSecret: value, contentSecret: value }),
      epoch,
      headerKey: value,
      nonceKey: value,
      tagOf: () => tag,
      contentKeyOf: () => value,
    },
    ...values.map((other) => ({
      ...deriveEpochKeys({ space, scope, headerSecret: value, contentSecret: other }),
      tagOf: () => tag,
    })),
  ]);
}

function readWith(keys: EpochKeys, { outer }: Carried): Read | null {
  try {
    const { header, body } = openEvent(decodeOuter(bytesOf(outer)), keys);
    return { device: header.device, body: body === null ? null : decodeBody(header.kind, body) };
  } catch (error) {
    const { code = "" } = error as { code?: string };
    // What fails at a later check has shown its header.
    return CLOSED.includes(code) ? null : { device: code, body: null };
  }
}

function readAll({ events, topics, secrets }: Order): Read[] {
  const real = secrets.map(({ space, scope, headerSecret, contentSecret }) =>
    deriveEpochKeys({
      space,
      scope,
      headerSecret: bytesOf(headerSecret),
      contentSecret: bytesOf(contentSecret),
    }),
  );
  return events.flatMap((event) => {
    const { tag } = decodeOuter(bytesOf(event.outer));
    for (const keys of [...real, ...topics.flatMap((topic) => guessesOf(topic, tag))]) {
      const read = readWith(keys, event);
      if (read !== null) return [read];
    }
    return [];
  });
}

const box = createNodeBox();

/** Somebody new, each time: whoever it pretends to be costs it nothing. */
function createSelf() {
  const root = createPersonRoot(random);
  const device = createDeviceKeys(random);
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: 1 });
  const { person } = root;
  const prekey = createPrekey({ person, device, box, random, expiresMs: Date.now() + 86_400_000 });
  return { person, name: "Mallory", certificate, device, prekey };
}

type Self = ReturnType<typeof createSelf>;

const askToJoin = (identity: Self, space: SpaceId): Uint8Array =>
  createJoinRequest({ link: { seed: random.bytes(16), space }, identity });

/** What would make it one of them, or heard by them. */
function wishesOf(self: Self, space: SpaceId, isControl: boolean): Body[] {
  const channel = "c4".repeat(16) as never;
  if (!isControl) return [{ type: "message.post", channel, text: "forged by the carrier", replyTo: null }];
  return [
    { type: "member.admit", request: askToJoin(self, space) },
    { type: "member.role", person: self.person, role: "owner" },
    { type: "space.update", name: "Carried Off" },
  ];
}

/** Events of its own under guessed keys, each in the place of a real one, and real ones altered. */
function forge(order: Order, self: Self): Carried[] {
  const real = order.secrets.map((secrets) => ({
    ...deriveEpochKeys({
      ...secrets,
      headerSecret: bytesOf(secrets.headerSecret),
      contentSecret: bytesOf(secrets.contentSecret),
    }),
  }));
  return order.topics.flatMap((topic) => {
    const event = order.events.findLast(({ scope }) => scope === topic.scope);
    if (event === undefined) return [];
    const outer = decodeOuter(bytesOf(event.outer));
    const isControl = topic.isControl;
    const guesses = [...guessesOf(topic, outer.tag), ...real.filter(({ scope }) => scope === topic.scope)];
    const header: Omit<Header, "epoch" | "ratchet"> = {
      space: topic.space,
      scope: topic.scope,
      device: self.device.device,
      seq: 1,
      prev: null,
      parents: [outer.id],
      auth: [],
      time: { ms: Date.now(), count: 0 },
    } as never;
    const sealed = guesses.flatMap((keys) =>
      wishesOf(self, topic.space, isControl).map((body) => {
        const options = { keys, secretKey: self.device.secretKey, salt: random.bytes(16) };
        return { ...event, outer: hexOf(sealEvent({ ...header, body }, options).outer) };
      }),
    );
    const altered = [outer.sealedHeader, outer.sealedBody ?? outer.nonce, outer.nonce].map((part) => {
      const bytes = Buffer.from(outer.bytes);
      const at = bytes.indexOf(part);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return { ...event, outer: hexOf(bytes) };
    });
    return [...sealed, ...altered];
  });
}

interface Visit {
  readonly heard: Frame[];
  /** Whether the node took it for somebody that it talks to. */
  readonly isOpen: boolean;
}

/** One link: proves what it can, says this, and hears what comes until that was taken in, `stayMs` longer, or the node hangs up. */
async function visit(
  { node, topics }: Order,
  { self, frames, stayMs = 0 }: { self: Self; frames: readonly Frame[]; stayMs?: number },
): Promise<Visit> {
  const link = await knock((host, port) => connect({ host, port }), node.host, node.port);
  const proofs: ProofKey[] = topics.flatMap(({ space, keys }, order) =>
    keys.map((key) => ({ kind: "space", key: bytesOf(key), space, invite: null, order })),
  );
  const handshake = createHandshake({
    role: "dialer",
    exporter: new Uint8Array(link.exporter(labels.linkExporter)),
    keys: proofs,
    identity: self,
    random,
  });
  const heard: Frame[] = [];
  let isOpen = false;
  const step = (out: ReturnType<typeof handshake.start>): void => {
    for (const { type, payload } of out.send) link.send(type, payload);
    isOpen ||= out.done !== null;
  };
  const say = (frame: Frame): void => {
    const { type, payload } = encodeFrame(frame);
    link.send(type, payload);
  };
  let at = 0;
  const hearUntil = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await link.until("an answer", () => link.frames.length > at || link.socket.destroyed);
      const next = link.frames[at];
      // The node has hung up.
      if (next === undefined) return;
      at += 1;
      if (isOpen) heard.push(decodeFrame(next.type, next.payload));
      else step(handshake.receive(next.type, next.payload));
    }
  };
  try {
    step(handshake.start());
    await hearUntil(() => isOpen);
    for (const frame of frames) say(frame);
    say({ type: "ping", n: 7 });
    await hearUntil(() => heard.some((frame) => frame.type === "pong" && frame.n === 7));
    if (isOpen && stayMs > 0) {
      const stay = setInterval(() => say({ type: "ping", n: 8 }), 100);
      const end = performance.now() + stayMs;
      await hearUntil(() => performance.now() > end).finally(() => clearInterval(stay));
    }
  } catch (error) {
    // Its own end finds that the node has proved nothing that it knows.
    if ((error as { code?: string }).code !== "HANDSHAKE_STRANGER") throw error;
  }
  link.close();
  return { heard, isOpen };
}

const scopesOf = ({ topics }: Order) => [...new Map(topics.map((topic) => [topic.scope, topic])).values()];
const eventsFrame = ({ scope, outer }: Carried): Frame => ({
  type: "events",
  scope,
  outers: [bytesOf(outer)],
});

const acts: Readonly<Record<Exclude<Act, "read">, (order: Order) => Promise<Visit[]>>> = {
  /** Brings what it was given, as whoever carries is there to do. */
  async carry(order) {
    return [await visit(order, { self: createSelf(), frames: order.events.map(eventsFrame) })];
  },
  async forge(order) {
    const visits: Visit[] = [];
    const forged = forge(order, createSelf());
    for (let from = 0; from < forged.length; from += FORGED_A_LINK)
      visits.push(
        await visit(order, {
          self: createSelf(),
          frames: forged.slice(from, from + FORGED_A_LINK).map(eventsFrame),
        }),
      );
    return visits;
  },
  /** Asks to be let in over an invitation that nobody made, and for the keys themselves. */
  async join(order) {
    const self = createSelf();
    const [topic] = order.topics;
    if (topic === undefined) return [];
    const prekey = self.prekey.bundle.id;
    const wants = order.topics.map(({ epoch }) => ({ epoch, prekey }));
    const frames: Frame[] = [
      { type: "open", space: topic.space },
      { type: "joinRequest", request: askToJoin(self, topic.space) },
      { type: "boxWant", space: topic.space, wants, locked: [] },
      ...order.events.slice(0, 4).map(({ scope, outer }): Frame => ({
        type: "boxWant",
        space: topic.space,
        wants: [],
        locked: [{ scope, ...decodeOuter(bytesOf(outer)) }],
      })),
      ...scopesOf(order).map(({ scope }): Frame => ({ type: "earlyWant", scope, each: 10 })),
    ];
    return [await visit(order, { self, frames, stayMs: STAY_MS })];
  },
};

async function obey(order: Order): Promise<Findings> {
  if (order.act === "read") return { read: readAll(order), opened: 0, links: 0, heard: [] };
  const visits = await acts[order.act](order);
  return {
    read: [],
    links: visits.length,
    opened: visits.filter(({ isOpen }) => isOpen).length,
    heard: visits.flatMap(({ heard }) => heard),
  };
}

const order: string[] = [];
for await (const chunk of process.stdin.setEncoding("utf8")) order.push(chunk as string);
const findings = await obey(JSON.parse(order.join("")) as Order);
// Bytes as a reader of them would look for them.
const asHex = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? hexOf(value) : value);
process.stdout.write(`${JSON.stringify(findings, asHex)}\n`);
