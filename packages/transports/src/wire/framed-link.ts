/**
 * The Link of every transport here: typed frames with two priorities over a Wire. Owns framing, queueing,
 * backpressure and the end of a link; knows nothing of sockets. It refuses frames that break spec/link
 * LK6-LK8 by closing. Heartbeats belong to the peer session above.
 */
import { FRAME_BYTES_MAX } from "@kith/core/ports";
import type { Clock, Link, LinkHandlers, LinkRole, PeerAddress } from "@kith/core/ports";
import { LinkError } from "../link-error.ts";
import { createFrameParser, type FrameFault } from "./frame-parser.ts";
import {
  CLOSE_FLUSH_BYTES_MAX,
  CLOSE_LINGER_MS,
  HANDED_BYTES_MAX,
  LOW_WATER_DIVISOR,
  SEND_HIGH_WATER_BYTES,
  SEND_QUEUE_BYTES_MAX,
} from "./limits.ts";
import { createSendQueue } from "./send-queue.ts";
import type { Wire, WireEnd } from "./wire.ts";

export interface FramedLinkOptions {
  readonly clock: Clock;
  readonly role: LinkRole;
  readonly remote: PeerAddress;
  readonly wire: Wire;
  /** Queued bytes above which `send` answers false; onDrain comes below a quarter of it. */
  readonly highWaterBytes?: number;
}

export function createFramedLink({
  clock,
  role,
  remote,
  wire,
  highWaterBytes = SEND_HIGH_WATER_BYTES,
}: FramedLinkOptions): {
  link: Link;
  end: WireEnd;
} {
  const queue = createSendQueue();
  const parser = createFrameParser((type, payload) => {
    // A handler may have closed the link at an earlier frame of the same piece.
    if (closedBy === null) handlers?.onFrame(type, payload);
  });
  let handlers: LinkHandlers | null = null;
  let paused = false;
  let handedBytes = 0;
  let flushScheduled = false;
  let drainOwed = false;
  let closedBy: string | null = null;
  /** The network ended while frames were still kept by pause: they come first. */
  let endedBy: string | null = null;
  let wireGone = false;
  let cancelLinger: (() => void) | null = null;

  function flush(): void {
    flushScheduled = false;
    if (closedBy !== null) return;
    while (handedBytes < HANDED_BYTES_MAX) {
      const piece = queue.shift();
      if (piece === null) break;
      hand(piece);
    }
  }

  function hand(piece: Uint8Array): void {
    handedBytes += piece.length;
    wire.write(piece, () => {
      handedBytes -= piece.length;
      if (closedBy !== null) return;
      flush();
      if (drainOwed && queue.bytes + handedBytes < highWaterBytes / LOW_WATER_DIVISOR) {
        drainOwed = false;
        handlers?.onDrain();
      }
    });
  }

  function finish(reason: string): void {
    closedBy = reason;
    queue.clear();
    // Deferred, so that whoever called close has finished its own work first.
    if (handlers !== null) wire.defer(() => handlers?.onClose(reason));
  }

  function fail(fault: FrameFault | null): void {
    if (fault === null || closedBy !== null) return;
    finish(fault);
    wire.destroy();
  }

  function resumeParser(): void {
    if (paused || closedBy !== null) return;
    fail(parser.resume());
    if (paused || closedBy !== null) return;
    if (endedBy === null) wire.resume();
    else finish(endedBy);
  }

  const link: Link = {
    role,
    remote,
    get queuedBytes() {
      return queue.bytes + handedBytes;
    },
    exporter: (label) => wire.exporter(label),
    attach(given) {
      if (handlers !== null) {
        throw new LinkError(
          "LINK_ATTACHED",
          "attach was called twice on one link; attach once and dispatch from there",
        );
      }
      handlers = given;
      if (closedBy !== null) {
        const reason = closedBy;
        wire.defer(() => given.onClose(reason));
      } else if (!paused) wire.resume();
    },
    send(type, payload, priority) {
      if (payload.length > FRAME_BYTES_MAX) {
        throw new LinkError(
          "FRAME_TOO_LARGE",
          `a frame of ${payload.length} bytes exceeds ${FRAME_BYTES_MAX}; split it`,
        );
      }
      if (!Number.isInteger(type) || type < 0 || type > 255) {
        throw new LinkError("FRAME_TYPE", `frame type ${type} is not one byte; use 0..255`);
      }
      if (closedBy !== null) return false;
      queue.push(type, payload, priority);
      const queued = queue.bytes + handedBytes;
      if (queued > SEND_QUEUE_BYTES_MAX) {
        finish("send-queue-full");
        wire.destroy();
        return false;
      }
      if (!flushScheduled && handedBytes < HANDED_BYTES_MAX) {
        flushScheduled = true;
        wire.defer(flush);
      }
      if (queued <= highWaterBytes) return true;
      drainOwed = true;
      return false;
    },
    pause() {
      if (paused) return;
      paused = true;
      parser.pause();
      wire.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      // Deferred: frames must not arrive from within the caller's own call.
      if (handlers !== null) wire.defer(resumeParser);
    },
    close(reason) {
      if (closedBy !== null) return;
      if (wireGone) {
        finish(reason);
        return;
      }
      let flushed = 0;
      while (flushed < CLOSE_FLUSH_BYTES_MAX) {
        const piece = queue.shift();
        if (piece === null) break;
        flushed += piece.length;
        hand(piece);
      }
      finish(reason);
      wire.end();
      cancelLinger = clock.after(CLOSE_LINGER_MS, () => wire.destroy());
    },
  };

  const end: WireEnd = {
    received(bytes) {
      if (closedBy === null) fail(parser.push(bytes));
    },
    closed(reason) {
      wireGone = true;
      cancelLinger?.();
      if (closedBy !== null) return;
      if (paused && parser.keptBytes > 0) endedBy = reason;
      else finish(reason);
    },
  };
  return { link, end };
}
