/**
 * What this machine does at this moment with less: a bare TLS echo, and a socket.io relay between two clients.
 * Kith's figures are read beside them. Neither stores, seals or checks anything.
 */
import { once } from "node:events";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { tlsParameters } from "@kith/transports/tls";
import { textOf } from "../lab/steps.ts";
import type { Figure } from "../lab/summary.ts";
import type { Case, CaseContext } from "./case.ts";

/** About what an event of one short message weighs on the wire. */
const MESSAGE_BYTES = 700;

export const echo: Case = {
  name: "echo",
  async *run(context) {
    yield* measureTls(context);
    yield* measureSocketIo(context);
  },
};

async function* measureTls({ lab, quick }: CaseContext): AsyncGenerator<Figure> {
  const server = await lab.helper(new URL("../peers/tls-echo.ts", import.meta.url));
  // As on Kith's links: the certificate names nobody, who is there is proven inside.
  const socket = connect({
    ...tlsParameters,
    host: "127.0.0.1",
    port: server.port,
    rejectUnauthorized: false,
  });
  await once(socket, "secureConnect");
  socket.setNoDelay(true);
  const turns: number[] = [];
  for (let turn = 0; turn < (quick ? 500 : 2_000); turn += 1) {
    const beganMs = performance.now();
    await send(socket, Buffer.alloc(MESSAGE_BYTES, turn), 1);
    turns.push(performance.now() - beganMs);
  }
  yield { name: "echo: raw TLS, there and back", unit: "ms", samples: turns };
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const count = 20_000;
    const beganMs = performance.now();
    await send(socket, Buffer.alloc(MESSAGE_BYTES), count);
    rates.push((count / (performance.now() - beganMs)) * 1_000);
  }
  yield { name: `echo: raw TLS, writes of ${MESSAGE_BYTES} bytes`, unit: "1/s", samples: rates };
  socket.destroy();
  await server.stop();
}

/** Writes the block `count` times; resolves when as many bytes have come back. */
function send(socket: TLSSocket, block: Buffer, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = block.byteLength * count;
    const onData = (chunk: Buffer): void => {
      left -= chunk.byteLength;
      if (left > 0) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
    for (let written = 0; written < count; written += 1) socket.write(block);
  });
}

async function* measureSocketIo({ lab, quick }: CaseContext): AsyncGenerator<Figure> {
  const server = await lab.helper(new URL("../peers/socket-io-relay.ts", import.meta.url));
  const [speaker, hearer] = await Promise.all([openSocketIo(server.port), openSocketIo(server.port)]);
  const turns: number[] = [];
  for (let turn = 0; turn < (quick ? 500 : 2_000); turn += 1) {
    const heard = new Promise<number>((resolve) => hearer.once("message", () => resolve(performance.now())));
    const beganMs = performance.now();
    const answered = speaker.emitWithAck("message", { text: textOf(turn) });
    turns.push((await heard) - beganMs);
    await answered;
  }
  yield { name: "echo: socket.io, one client to another", unit: "ms", samples: turns };
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const count = 20_000;
    const beganMs = performance.now();
    const heard = new Promise<void>((resolve) => {
      let left = count;
      hearer.on("message", () => {
        if (--left === 0) resolve();
      });
    });
    for (let index = 0; index < count; index += 1) speaker.emit("message", { text: textOf(index) }, () => {});
    await heard;
    hearer.removeAllListeners("message");
    rates.push((count / (performance.now() - beganMs)) * 1_000);
  }
  yield { name: "echo: socket.io, burst of 20,000", unit: "1/s", samples: rates };
  speaker.disconnect();
  hearer.disconnect();
  await server.stop();
}

async function openSocketIo(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return socket;
}
