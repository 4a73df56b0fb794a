/** Programs of their own that speak the protocol over the memory network: a handshake, then whatever the test sends. */
import {
  certifyDevice,
  createBeaconTable,
  createDeviceKeys,
  createHandshake,
  createPersonRoot,
  decodeFrame,
  encodeFrame,
  labels,
  nearbyBeaconKey,
} from "@kith/core";
import type { DeviceId, Frame, Handshake, Link, PeerAddress, PersonId, ProofKey } from "@kith/core";
import { random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

export interface Stranger {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly heard: Frame[];
  send(frame: Frame): void;
  sendRaw(type: number, payload: Uint8Array): void;
  readonly closed: Promise<string>;
  /** Resolves when a ping sent now has come back: everything before it was dealt with. */
  settled(): Promise<void>;
  close(): void;
}

/** The nearby key and the port that the beacon of a visible node gives to everybody. */
export function hearNearby(house: Household): Promise<{ key: Uint8Array; port: number }> {
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
export async function comeNear(
  house: Household,
  to: Housemate,
  who: StrangerKeys = createStranger(),
): Promise<Stranger> {
  const { key, port } = await hearNearby(house);
  const address: PeerAddress = { host: to.host, port };
  const link = await house.network
    .transport("10.0.0.200")
    .dial(address, { signal: AbortSignal.timeout(5_000) });
  return shakeHands(link, [{ kind: "nearby", key, space: null, invite: null, order: 0 }], who);
}

export interface StrangerKeys {
  readonly device: ReturnType<typeof createDeviceKeys>;
  readonly root: ReturnType<typeof createPersonRoot>;
}

export function createStranger(): StrangerKeys {
  return { device: createDeviceKeys(random), root: createPersonRoot(random) };
}

function shakeHands(link: Link, keys: ProofKey[], { device, root }: StrangerKeys): Promise<Stranger> {
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
        person: root.person,
        device: device.device,
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
