/** Test fixtures: people with devices, keys of spaces and invites, and a link between two handshakes. Not exported. */
import { sha256, utf8 } from "../crypto/index.ts";
import { certifyDevice, deviceKeysFromSeed } from "../identity/index.ts";
import type { InviteId, SpaceId } from "../ids.ts";
import { toId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { createHandshake } from "./handshake.ts";
import type { Handshake, HandshakeIdentity, HandshakeOptions, HandshakeResult } from "./handshake.ts";
import type { ProofKey } from "./proofs.ts";

export interface SentFrame {
  readonly type: number;
  readonly payload: Uint8Array;
}

export function seeded(name: string): Uint8Array {
  return sha256(utf8(name));
}

export function identityOf(name: string): HandshakeIdentity {
  const device = deviceKeysFromSeed(seeded(`${name} device`));
  return {
    device,
    certificate: certifyDevice(seeded(`${name} root`), {
      device: device.device,
      issuedMs: 1_700_000_000_000,
    }),
  };
}

export function spaceKey(space: string, order = 1): ProofKey {
  return {
    kind: "space",
    key: seeded(`${space} epoch ${order}`),
    space: toId<SpaceId>(seeded(space)),
    invite: null,
    order,
  };
}

export function inviteKey(space: string, name = "invite"): ProofKey {
  const key = seeded(`${space} ${name}`);
  return {
    kind: "invite",
    key,
    space: toId<SpaceId>(seeded(space)),
    invite: toId<InviteId>(key.subarray(0, 16)),
    order: 0,
  };
}

export function nearbyKey(name: string): ProofKey {
  return { kind: "nearby", key: seeded(`${name} nearby`), space: null, invite: null, order: 0 };
}

export const exporter: Uint8Array = seeded("exporter");

export type SideOptions = Partial<HandshakeOptions> & { readonly name?: string };

export function side(role: "dialer" | "acceptor", { name = role, ...options }: SideOptions = {}): Handshake {
  return createHandshake({
    role,
    exporter,
    keys: [],
    identity: identityOf(name),
    random: createSeededRandom(`${name} ${role}`),
    ...options,
  });
}

export interface Meeting {
  /** Frames in order, by sender. */
  readonly sent: { readonly dialer: SentFrame[]; readonly acceptor: SentFrame[] };
  readonly order: ("dialer" | "acceptor")[];
  readonly results: { dialer: HandshakeResult | null; acceptor: HandshakeResult | null };
  readonly errors: { dialer: string | null; acceptor: string | null };
}

/** Runs both to the end; a side that fails hears and says no more. tamper changes frames on their way. */
export function meet(
  dialer: Handshake,
  acceptor: Handshake,
  tamper: (frame: SentFrame, from: "dialer" | "acceptor") => SentFrame = (frame) => frame,
): Meeting {
  const sides = { dialer, acceptor };
  const meeting: Meeting = {
    sent: { dialer: [], acceptor: [] },
    order: [],
    results: { dialer: null, acceptor: null },
    errors: { dialer: null, acceptor: null },
  };
  const wire: { to: "dialer" | "acceptor"; frame: SentFrame }[] = [];
  const step = (who: "dialer" | "acceptor", act: () => ReturnType<Handshake["start"]>): void => {
    try {
      const out = act();
      for (const frame of out.send) {
        meeting.sent[who].push(frame);
        if (frame.type === 3) meeting.order.push(who);
        wire.push({ to: who === "dialer" ? "acceptor" : "dialer", frame: tamper(frame, who) });
      }
      meeting.results[who] ??= out.done;
    } catch (error) {
      meeting.errors[who] = String((error as { code?: unknown }).code);
    }
  };
  step("dialer", () => dialer.start());
  step("acceptor", () => acceptor.start());
  for (let next = wire.shift(); next !== undefined; next = wire.shift()) {
    const { to, frame } = next;
    if (meeting.errors[to] === null) step(to, () => sides[to].receive(frame.type, frame.payload));
  }
  return meeting;
}
