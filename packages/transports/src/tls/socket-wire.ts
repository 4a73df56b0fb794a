/** A secured socket as the Wire of a framed link. */
import type { TLSSocket } from "node:tls";
import type { Wire, WireEnd } from "../wire/wire.ts";
import { createExporter } from "./parameters.ts";

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
    exporter: createExporter(socket),
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
        // A record that does not decrypt is told as an error, and Node leaves the socket open after it.
        socket.destroy();
      });
      socket.on("data", (bytes: Buffer) => end.received(bytes));
      // A listener of "data" sets the stream flowing; the link says when.
      socket.pause();
      // Nobody here closes one direction only; waiting for what we could still send would let a peer that
      // never reads hold the socket.
      socket.once("end", () => socket.destroy());
      socket.once("close", () => end.closed(reason));
    },
  };
}
