/**
 * A link is an ordered, confidential stream of typed frames to one other process whose identity is not
 * known yet: the handshake (spec/handshake) runs over it. Adapters: tls, memory.
 */

/** Frames of "control" overtake queued frames of "bulk"; within a class order is kept. */
export type Priority = "control" | "bulk";

/** Largest frame payload, both ways. PROTOCOL §6. */
export const FRAME_BYTES_MAX = 65_536;

export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

export type LinkRole = "dialer" | "acceptor";

export interface LinkHandlers {
  /** type 0..255; the payload is owned by the receiver. */
  onFrame(type: number, payload: Uint8Array): void;
  /** The send queue has fallen below its low-water mark after `send` returned false. */
  onDrain(): void;
  /** Called exactly once, whoever closed. reason is a short code such as "remote-closed". */
  onClose(reason: string): void;
}

export interface Link {
  readonly role: LinkRole;
  readonly remote: PeerAddress;
  /** Bytes queued here and not yet handed to the network. */
  readonly queuedBytes: number;
  /** 32 bytes bound to this very connection, equal on both sides (RFC 5705 / RFC 8446 §7.5). */
  exporter(label: string): Uint8Array;
  /** Must be called once, synchronously in onLink or right after dial resolves; frames wait until then. */
  attach(handlers: LinkHandlers): void;
  /** Queues a frame. False means: stop until onDrain. Throws FRAME_TOO_LARGE. Silently drops once closed. */
  send(type: number, payload: Uint8Array, priority: Priority): boolean;
  /** Stops and resumes reading, so that a fast peer cannot outrun the disk. */
  pause(): void;
  resume(): void;
  close(reason: string): void;
}

export interface Transport {
  /** Path shown to people: "lan" for direct addresses on a local network. */
  readonly path: "lan" | "direct" | "relay" | "tor";
  /** Starts accepting; resolves with the bound port. */
  listen(onLink: (link: Link) => void): Promise<{ port: number }>;
  /** Rejects with a LinkError on refusal, timeout or abort. */
  dial(address: PeerAddress, options: { signal: AbortSignal }): Promise<Link>;
  /** Closes the listener and every link; resolves when no socket or timer of this transport is left. */
  close(): Promise<void>;
}
