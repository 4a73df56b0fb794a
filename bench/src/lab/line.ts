/**
 * HTTP/1.1 on connections that stay open, as thin as a program's can be: what an HTTP client costs would be in
 * every figure. Knows what our server sends: a Content-Length, no chunks, no redirects.
 */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface Line {
  /** Resolves with the answer's body; rejects unless it is a 2xx. */
  post(path: string, json: string): Promise<Buffer>;
  get(path: string): Promise<Buffer>;
  close(): void;
}

export interface Door {
  readonly port: number;
  readonly token: string;
}

/** `connections` requests at once; more wait their turn. */
export async function openLine(door: Door, connections = 1): Promise<Line> {
  const all = await Promise.all(Array.from({ length: connections }, () => openConnection(door)));
  const free = [...all];
  const waiting: ((connection: Connection) => void)[] = [];

  async function ask(method: string, path: string, json: string): Promise<Buffer> {
    const connection = free.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
    try {
      const { status, body } = await connection.ask(method, path, json);
      if (status >= 200 && status < 300) return body;
      throw new Error(`${method} ${path} was answered ${status}: ${body.toString("utf8").slice(0, 500)}`);
    } finally {
      const next = waiting.shift();
      if (next) next(connection);
      else free.push(connection);
    }
  }

  return {
    post: (path, json) => ask("POST", path, json),
    get: (path) => ask("GET", path, ""),
    close: () => {
      for (const connection of all) connection.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Connection {
  ask(method: string, path: string, json: string): Promise<Answer>;
  close(): void;
}

async function openConnection({ port, token }: Door): Promise<Connection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
  const answers = readAnswers(socket);
  return {
    ask(method, path, json) {
      const type = json === "" ? "" : "Content-Type: application/json\r\n";
      const answer = answers.next();
      socket.write(
        `${method} ${path} HTTP/1.1\r\n${head}${type}Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
      );
      return answer;
    },
    close: () => socket.destroy(),
  };
}

function readAnswers(socket: Socket): { next(): Promise<Answer> } {
  let heard: Buffer[] = [];
  let heardBytes = 0;
  /** Of the answer that is being read, once its head is known. */
  let wanted: { status: number; headBytes: number; bytes: number } | null = null;
  let asker: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;

  const fail = (error: Error): void => asker?.reject(error);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the node closed the connection")));
  socket.on("data", (chunk: Buffer) => {
    heard.push(chunk);
    heardBytes += chunk.byteLength;
    try {
      wanted ??= readHead(Buffer.concat(heard));
    } catch (error) {
      fail(error as Error);
      socket.destroy();
      return;
    }
    if (wanted === null || heardBytes < wanted.bytes) return;
    const { status, headBytes, bytes } = wanted;
    const body = Buffer.concat(heard).subarray(headBytes, bytes);
    heard = [];
    heardBytes = 0;
    wanted = null;
    asker?.resolve({ status, body });
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        asker = { resolve, reject };
      }),
  };
}

/** Null until the head is whole. */
function readHead(bytes: Buffer): { status: number; headBytes: number; bytes: number } | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(status) || Number.isNaN(length))
    throw new Error(`an answer that is not understood:\n${head}`);
  return { status, headBytes: end + 4, bytes: end + 4 + length };
}
