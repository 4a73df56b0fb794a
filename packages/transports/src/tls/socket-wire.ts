/** A secured socket as the Wire of a framed link. */
import type { TLSSocket } from "node:tls";
import type { Wire, WireEnd } from "../wire/wire.ts";
import { exportKey } from "./parameters.ts";

/** bind must be called before the event loop goes on. */
export function createSocketWire(socket: TLSSocket): { wire: Wire; bind(end: WireEnd): void } {
  let reason = "remote-closed";
  const wire: Wire = {
    write(bytes, taken) {
      socket.write(bytes, taken);
    },
    resume() {
      socket.resume();
    },
    pause() {
      socket.pause();
    },
    end() {
      // Read on and throw away: unread bytes would turn our close into a reset, which loses what we sent.
      socket.removeAllListeners("data");
      socket.end();
      socket.resume();
    },
    destroy() {
      socket.destroy();
    },
    exporter: (label) => exportKey(socket, label),
    // After the work at hand and before any I/O: what one turn sends leaves in one write.
    defer(call) {
      process.nextTick(call);
    },
  };
  return {
    wire,
    bind(end) {
      socket.setNoDelay(true);
      socket.on("error", () => {
        reason = "remote-reset";
      });
      socket.on("data", (bytes: Buffer) => end.received(bytes));
      // A listener of "data" sets the stream flowing; the link says when.
      socket.pause();
      socket.once("close", () => end.closed(reason));
    },
  };
}
