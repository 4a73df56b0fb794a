/** HTTP written by hand: what no client library would send. */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface RawAnswer {
  /** Null when the connection was closed without an answer. */
  readonly status: number | null;
  readonly text: string;
}

export async function openRaw(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Sends these bytes and reads until the node closes or a whole answer is there. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<RawAnswer> {
  const socket = await openRaw(port);
  const chunks: Buffer[] = [];
  const read = (): string => Buffer.concat(chunks).toString("latin1");
  const over = new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const text = read();
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1];
      const head = text.indexOf("\r\n\r\n");
      if (head >= 0 && length !== undefined && text.length >= head + 4 + Number(length)) resolve();
    });
  });
  socket.write(bytes);
  await over;
  socket.destroy();
  const text = read();
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  return { status: status === undefined ? null : Number(status), text };
}

export function requestText(
  port: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const all = {
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(body === "" ? null : { "content-length": String(Buffer.byteLength(body)) }),
  };
  return `${line} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n${body}`;
}

export function upgradeText(
  port: number,
  headers: Readonly<Record<string, string>>,
  path = "/api/ws",
): string {
  return requestText(port, `GET ${path}`, {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  });
}

/** One masked frame of a WebSocket. RFC 6455 §5.2. */
export function socketFrame(opcode: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, payload]);
}
