/**
 * One link to one device: handshake, then heartbeat, round trips and typed frames. Knows nothing of what
 * the frames of an open session mean. spec/handshake, spec/link.
 */
import { createHandshake, decodeFrame, encodeFrame, labels } from "@kith/core";
import type {
  Clock,
  DeviceCertificate,
  DeviceId,
  Frame,
  Handshake,
  HandshakeOptions,
  HandshakeResult,
  Link,
  PersonId,
  Priority,
  ProofKey,
} from "@kith/core";
import { Traffic } from "./traffic.ts";
import { HANDSHAKE_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS, LINK_SILENT_MS } from "./limits.ts";

export interface SessionHandlers {
  /** Both sides have proven and signed. */
  onOpen(session: PeerSession): void;
  onFrame(session: PeerSession, frame: Frame): void;
  /** The other side sent what no honest device sends; the session is closed right after. */
  onFault(session: PeerSession, code: string): void;
  onDrain(session: PeerSession): void;
  /** Once, whatever the state; `lastPeer` tells whether it was open. */
  onClosed(session: PeerSession, reason: string): void;
}

export interface SessionOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly path: "lan" | "direct" | "relay" | "tor";
  readonly handshake: Omit<HandshakeOptions, "role" | "exporter">;
  readonly handlers: SessionHandlers;
  /** Counts what all sessions carry. */
  readonly traffic?: Traffic;
}

/** disk: ours is behind. sync: the other side's reconciliations have used up their time. */
export type PauseReason = "disk" | "sync";

type State =
  | { readonly name: "handshake"; readonly machine: Handshake }
  | { readonly name: "open"; readonly peer: HandshakeResult }
  | { readonly name: "closed" };

export class PeerSession {
  readonly link: Link;
  readonly path: SessionOptions["path"];
  readonly openedAtMs: number;
  /** Of the open session; the handshake is not counted. */
  readonly traffic: Traffic;
  readonly #clock: Clock;
  readonly #handlers: SessionHandlers;
  #state: State;
  #lastPeer: HandshakeResult | null = null;
  #heardMs: number;
  #rttMs: number | null = null;
  #missed = 0;
  readonly #pauses = new Set<PauseReason>();
  #pings = new Map<number, number>();
  #pingCount = 0;
  #cancelTimer: () => void;

  constructor(options: SessionOptions) {
    const { link, clock } = options;
    this.link = link;
    this.path = options.path;
    this.traffic = new Traffic(options.traffic);
    this.openedAtMs = clock.nowMs();
    this.#clock = clock;
    this.#handlers = options.handlers;
    this.#heardMs = clock.monotonicMs();
    const machine = createHandshake({
      ...options.handshake,
      role: link.role,
      exporter: link.exporter(labels.linkExporter),
    });
    this.#state = { name: "handshake", machine };
    this.#cancelTimer = clock.after(HANDSHAKE_TIMEOUT_MS, () => this.close("handshake-timeout"));
    link.attach({
      onFrame: (type, payload) => this.#onFrame(type, payload),
      onDrain: () => {
        if (this.#state.name === "open") this.#handlers.onDrain(this);
      },
      onClose: (reason) => this.#onClose(reason),
    });
    this.#step(() => machine.start());
  }

  get isOpen(): boolean {
    return this.#state.name === "open";
  }

  get isClosed(): boolean {
    return this.#state.name === "closed";
  }

  /** The peer, also after the session has closed; null when its handshake never ended well. */
  get lastPeer(): HandshakeResult | null {
    return this.#lastPeer;
  }

  get peer(): HandshakeResult {
    // Still known after the end: work that began on the open session may finish a moment later.
    if (!this.#lastPeer) throw new Error("SESSION_NOT_OPEN: the peer is not known yet");
    return this.#lastPeer;
  }

  get device(): DeviceId {
    return this.peer.device;
  }

  get person(): PersonId {
    return this.peer.person;
  }

  get certificate(): DeviceCertificate {
    return this.peer.certificate;
  }

  get shared(): readonly ProofKey[] {
    return this.peer.shared;
  }

  /** Smoothed over the last few heartbeats; null before the first answer. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  /** Heartbeats in a row that went without any frame from the other side. */
  get missedBeats(): number {
    return this.#missed;
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  /** False: stop sending bulk until onDrain. */
  send(frame: Frame, priority: Priority): boolean {
    const { type, payload } = encodeFrame(frame);
    this.traffic.noteSent(frame, payload.byteLength);
    return this.link.send(type, payload, priority);
  }

  /** Reads nothing more until no reason is left. Meanwhile silence says nothing about the other side. */
  pause(reason: PauseReason): void {
    this.#pauses.add(reason);
    this.link.pause();
  }

  resume(reason: PauseReason): void {
    if (!this.#pauses.delete(reason) || this.#pauses.size > 0) return;
    this.#heardMs = this.#clock.monotonicMs();
    this.link.resume();
  }

  close(reason: string): void {
    if (this.#state.name === "closed") return;
    this.link.close(reason);
    this.#onClose(reason);
  }

  #onFrame(type: number, payload: Uint8Array): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.#missed = 0;
    switch (this.#state.name) {
      case "handshake": {
        const { machine } = this.#state;
        this.#step(() => machine.receive(type, payload));
        return;
      }
      case "open":
        this.#onOpenFrame(type, payload);
        return;
      case "closed":
        return;
      default:
        this.#state satisfies never;
    }
  }

  #step(run: () => ReturnType<Handshake["start"]>): void {
    try {
      const out = run();
      for (const frame of out.send) this.link.send(frame.type, frame.payload, "control");
      if (out.done) this.#open(out.done);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.close(String(error.code));
    }
  }

  #open(peer: HandshakeResult): void {
    this.#state = { name: "open", peer };
    this.#lastPeer = peer;
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(HEARTBEAT_INTERVAL_MS, () => this.#beat());
    this.#ping();
    this.#handlers.onOpen(this);
  }

  #onOpenFrame(type: number, payload: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(type, payload);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      // A type that is not known here may come from a newer version: no fault, no effect.
      if (error.code === "FRAME_UNKNOWN") return;
      this.#handlers.onFault(this, String(error.code));
      this.close(String(error.code));
      return;
    }
    this.traffic.noteReceived(frame, payload.byteLength);
    switch (frame.type) {
      case "ping":
        this.send({ type: "pong", n: frame.n }, "control");
        return;
      case "pong":
        this.#onPong(frame.n);
        return;
      default:
        this.#handlers.onFrame(this, frame);
    }
  }

  #onPong(count: number): void {
    const sentMs = this.#pings.get(count);
    if (sentMs === undefined) return;
    this.#pings.delete(count);
    const sampleMs = this.#clock.monotonicMs() - sentMs;
    this.#rttMs = this.#rttMs === null ? sampleMs : this.#rttMs * 0.7 + sampleMs * 0.3;
  }

  #beat(): void {
    if (this.#pauses.size > 0) this.#heardMs = this.#clock.monotonicMs();
    const silentMs = this.#clock.monotonicMs() - this.#heardMs;
    if (silentMs > LINK_SILENT_MS) {
      this.close("silent");
      return;
    }
    if (silentMs > HEARTBEAT_INTERVAL_MS * 1.5) this.#missed += 1;
    this.#ping();
    // The last beats before the verdict are closer together, so that a dead link is noticed soon after the bound.
    const nextMs = Math.min(HEARTBEAT_INTERVAL_MS, Math.max(50, LINK_SILENT_MS - silentMs + 10));
    this.#cancelTimer = this.#clock.after(nextMs, () => this.#beat());
  }

  #ping(): void {
    this.#pingCount += 1;
    // A peer that never answers must not make us remember pings for ever.
    if (this.#pings.size >= 8) this.#pings.clear();
    this.#pings.set(this.#pingCount, this.#clock.monotonicMs());
    this.send({ type: "ping", n: this.#pingCount }, "control");
  }

  #onClose(reason: string): void {
    if (this.#state.name === "closed") return;
    this.#state = { name: "closed" };
    this.#cancelTimer();
    this.#pings.clear();
    this.#handlers.onClosed(this, reason);
  }
}
