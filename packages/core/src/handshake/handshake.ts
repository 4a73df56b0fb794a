/**
 * The handshake inside an encrypted link: both sides prove shared keys, agree who names itself first, then
 * devices sign the connection. An explicit state machine, bytes in and bytes out. Owns the order of
 * revealing; refuses everything unexpected. Whether a device is a member is asked through `accept`.
 * spec/handshake.
 */
import { coreError, concatBytes } from "../crypto/index.ts";
import type { DeviceCertificate, DeviceKeys } from "../identity/index.ts";
import type { DeviceId, PersonId } from "../ids.ts";
import type { LinkRole, Random } from "../ports/index.ts";
import { EXPORTER_BYTES, HANDSHAKE_VERSION, PROOF_FRAME_BYTES } from "./limits.ts";
import { asksPeerFirst, isJoinerOnly } from "./order.ts";
import { buildProofs, chooseProofKeys, findShared, shareEntry } from "./proofs.ts";
import type { ProofKey } from "./proofs.ts";
import { buildSignFrame, readSignFrame } from "./signing.ts";
import type { Transcript } from "./signing.ts";

/** Frame types 1 to 7 are the handshake's; 4 to 7 are reserved. */
export const handshakeFrames = { proof: 1, order: 2, sign: 3 } as const;

export interface HandshakeIdentity {
  readonly device: DeviceKeys;
  readonly certificate: DeviceCertificate;
}

export interface HandshakeResult {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  /** Those of our keys that the peer proved. */
  readonly shared: readonly ProofKey[];
}

export interface HandshakeOptions {
  readonly role: LinkRole;
  /** 32 bytes of TLS exporter, label `labels.linkExporter`. */
  readonly exporter: Uint8Array;
  readonly keys: readonly ProofKey[];
  readonly identity: HandshakeIdentity;
  readonly random: Random;
  /** HANDSHAKE_VERSION when left out. */
  readonly protocolVersion?: number;
  /**
   * Is this device one that we talk to: a current member, a joiner with an invite, a nearby stranger?
   * Asked when the peer has signed; before we have, if it signs first. Left out: everyone who proved a key.
   */
  readonly accept?: (peer: HandshakeResult) => boolean;
}

export interface HandshakeOut {
  readonly send: readonly { readonly type: number; readonly payload: Uint8Array }[];
  readonly done: HandshakeResult | null;
}

export interface Handshake {
  /** Our first frame, the same size for everyone. Call once. */
  start(): HandshakeOut;
  /** Throws HANDSHAKE_* ; the link is then to be closed and the handshake is of no more use. */
  receive(type: number, payload: Uint8Array): HandshakeOut;
}

type State =
  | { readonly name: "idle" }
  | { readonly name: "proving"; readonly proofs: Uint8Array }
  | { readonly name: "ordering"; readonly link: Agreement; readonly asks: boolean }
  | { readonly name: "hearing"; readonly link: Agreement; readonly transcript: Transcript }
  | {
      readonly name: "signed";
      readonly link: Agreement;
      readonly transcript: Transcript;
      readonly frame: Uint8Array;
    }
  | { readonly name: "done" }
  | { readonly name: "failed" };

interface Agreement {
  readonly shared: readonly ProofKey[];
  readonly ownProofs: Uint8Array;
  readonly peerProofs: Uint8Array;
}

const NOTHING: HandshakeOut = { send: [], done: null };

export function createHandshake(options: HandshakeOptions): Handshake {
  const {
    role,
    exporter,
    identity,
    random,
    accept = () => true,
    protocolVersion = HANDSHAKE_VERSION,
  } = options;
  if (exporter.length !== EXPORTER_BYTES) {
    throw coreError(
      "HANDSHAKE_EXPORTER",
      `an exporter has ${EXPORTER_BYTES} bytes, this one ${exporter.length}`,
    );
  }
  const peerRole: LinkRole = role === "dialer" ? "acceptor" : "dialer";
  const offered = chooseProofKeys(options.keys);
  let state: State = { name: "idle" };

  function receiveProofs(proofs: Uint8Array, own: Uint8Array): HandshakeOut {
    if (proofs.length !== PROOF_FRAME_BYTES) throw malformed("proof", proofs);
    if (proofs[0] !== protocolVersion) {
      throw coreError(
        "HANDSHAKE_VERSION",
        `the peer speaks version ${proofs[0]}, this device ${protocolVersion}; update the older one`,
      );
    }
    const list = proofs.subarray(1);
    if (shareEntry(list, own.subarray(1))) {
      throw coreError("HANDSHAKE_ECHO", "the peer sent our own proofs back; it holds no key of ours");
    }
    const shared = findShared(offered, list, peerRole, exporter);
    if (shared.length === 0) throw stranger();
    const asks = asksPeerFirst(shared, options.keys);
    state = { name: "ordering", link: { shared, ownProofs: own, peerProofs: proofs.slice() }, asks };
    return { send: [{ type: handshakeFrames.order, payload: orderFrame(asks) }], done: null };
  }

  function receiveOrder(order: Uint8Array, link: Agreement, asks: boolean): HandshakeOut {
    const byte = order[0];
    if (order.length !== 1 || (byte !== 0 && byte !== 1)) throw malformed("order", order);
    const peerAsks = byte === 1;
    // A peer that holds the space asks a joiner to sign first; one that does not is another holder of the link.
    if (!peerAsks && isJoinerOnly(link.shared, options.keys)) throw stranger();
    const own = { proofs: link.ownProofs, order: orderFrame(asks) };
    const peer = { proofs: link.peerProofs, order: orderFrame(peerAsks) };
    const [dialer, acceptor] = role === "dialer" ? [own, peer] : [peer, own];
    const transcript: Transcript = {
      exporter,
      version: protocolVersion,
      dialerProofs: dialer.proofs,
      acceptorProofs: acceptor.proofs,
      dialerOrder: dialer.order,
      acceptorOrder: acceptor.order,
      firstSign: null,
    };
    const weSignFirst = asks === peerAsks ? role === "dialer" : peerAsks;
    if (!weSignFirst) {
      state = { name: "hearing", link, transcript };
      return NOTHING;
    }
    const frame = buildSignFrame(transcript, role, identity);
    state = { name: "signed", link, transcript, frame };
    return { send: [{ type: handshakeFrames.sign, payload: frame }], done: null };
  }

  /** The peer's signed identity, once accepted. */
  function hear(frame: Uint8Array, transcript: Transcript, link: Agreement): HandshakeResult {
    const certificate = readSignFrame(frame, transcript, peerRole);
    const { device, person } = certificate;
    if (device === identity.device.device)
      throw coreError("HANDSHAKE_SELF", "this link leads back to this device");
    const result: HandshakeResult = { device, person, certificate, shared: link.shared };
    if (!accept(result)) {
      throw coreError(
        "HANDSHAKE_REFUSED",
        `device ${device.slice(0, 8)} proved a key but is not one that this device talks to`,
      );
    }
    return result;
  }

  function step(type: number, payload: Uint8Array): HandshakeOut {
    switch (state.name) {
      case "proving":
        if (type === handshakeFrames.proof) return receiveProofs(payload, state.proofs);
        break;
      case "ordering":
        if (type === handshakeFrames.order) return receiveOrder(payload, state.link, state.asks);
        break;
      case "hearing": {
        if (type !== handshakeFrames.sign) break;
        const done = hear(payload, state.transcript, state.link);
        const answer = buildSignFrame({ ...state.transcript, firstSign: payload }, role, identity);
        state = { name: "done" };
        return { send: [{ type: handshakeFrames.sign, payload: answer }], done };
      }
      case "signed": {
        if (type !== handshakeFrames.sign) break;
        const done = hear(payload, { ...state.transcript, firstSign: state.frame }, state.link);
        state = { name: "done" };
        return { send: [], done };
      }
      case "idle":
      case "done":
      case "failed":
        break;
      default:
        state satisfies never;
    }
    throw coreError("HANDSHAKE_UNEXPECTED", `frame type ${type} in state ${state.name}`);
  }

  return {
    start() {
      if (state.name !== "idle") throw coreError("HANDSHAKE_UNEXPECTED", "the handshake has started already");
      const proofs = concatBytes(
        Uint8Array.of(protocolVersion),
        buildProofs(offered, role, exporter, random),
      );
      state = { name: "proving", proofs };
      return { send: [{ type: handshakeFrames.proof, payload: proofs }], done: null };
    },
    receive(type, payload) {
      try {
        return step(type, payload);
      } catch (error) {
        state = { name: "failed" };
        throw error;
      }
    },
  };
}

function orderFrame(asks: boolean): Uint8Array {
  return Uint8Array.of(asks ? 1 : 0);
}

function stranger(): Error {
  return coreError("HANDSHAKE_STRANGER", "the peer shares no space, invite or nearby key with this device");
}

function malformed(what: string, payload: Uint8Array): Error {
  return coreError(
    "HANDSHAKE_MALFORMED",
    `the peer's ${what} frame of ${payload.length} bytes cannot be read`,
  );
}
