/**
 * The measured ways into a node, as thin as a program's can be: HTTP on connections that stay open, and the
 * log over a WebSocket, handed on unparsed. What they cost is in every figure; the SDK would add its own.
 */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

export interface Line {
  /** Resolves with the answer's bytes; rejects unless it is a 2xx. */
  post(path: string, json: string): Promise<Buffer>;
  get(path: string): Promise<Buffer>;
  close(): void;
}

export interface Door {
  readonly port: number;
  readonly token: string;
}

/** `connections` requests at once; more wait their turn. */
export function openLine({ port, token }: Door, connections = 1): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const ask = (method: string, path: string, json: string | null): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(json === null
          ? null
          : { "content-type": "application/json", "content-length": Buffer.byteLength(json) }),
      };
      const asked = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(bytes);
          else
            reject(
              new Error(`${method} ${path} was answered ${status}: ${bytes.toString("utf8").slice(0, 500)}`),
            );
        });
      });
      asked.on("error", reject);
      asked.end(json ?? undefined);
    });
  return {
    post: (path, json) => ask("POST", path, json),
    get: (path) => ask("GET", path, null),
    close: () => agent.destroy(),
  };
}

/** The type stands among the first bytes of every entry. */
const HEAD_BYTES = 96;

export interface Watch {
  /** Calls with each entry from now on, one listener at a time; null: nobody listens. */
  listen(listener: ((entry: Buffer) => void) | null): void;
  /** Resolves once `count` more messages have been told, with the time (performance.now) of the last. */
  messages(count: number): Promise<number>;
  /** When the first link came up, and when `count` messages after it had been told; one stream for both. */
  linkedThenMessages(count: number): { readonly linked: Promise<number>; readonly last: Promise<number> };
  /** Resolves at the first entry of the type that holds these words. */
  entry(type: string, ...words: readonly string[]): Promise<number>;
  close(): void;
}

/** Follows the log from now on. */
export async function watchLog({ port, token }: Door): Promise<Watch> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?hello=1`, ["kith"], {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await once(socket, "message");
  let listener: ((entry: Buffer) => void) | null = null;
  let failed: Error | null = null;
  let onFailed: ((error: Error) => void) | null = null;
  socket.on("message", (data: Buffer) => listener?.(data));
  const fail = (error: Error): void => {
    failed = error;
    onFailed?.(error);
  };
  socket.on("error", fail);
  socket.on("close", (code) => fail(new Error(`the log was closed with ${code}`)));

  function awaitEntry(isLast: (entry: Buffer) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      if (failed) {
        reject(failed);
        return;
      }
      onFailed = reject;
      listener = (entry) => {
        if (!isLast(entry)) return;
        listener = null;
        onFailed = null;
        resolve(performance.now());
      };
    });
  }

  return {
    listen: (next) => void (listener = next),
    messages: (count) => {
      let left = count;
      return awaitEntry((entry) => isOfType(entry, "message") && --left === 0);
    },
    linkedThenMessages: (count) => {
      let left = count;
      const { promise: linked, resolve: onLinked } = Promise.withResolvers<number>();
      const last = awaitEntry((entry) => {
        if (left === count && isOfType(entry, "peer") && entry.includes('"state":"connected"')) {
          onLinked(performance.now());
        }
        return isOfType(entry, "message") && --left === 0;
      });
      return { linked, last };
    },
    entry: (type, ...words) =>
      awaitEntry((entry) => isOfType(entry, type) && words.every((word) => entry.includes(word))),
    close: () => socket.terminate(),
  };
}

export function isOfType(entry: Buffer, type: string): boolean {
  return entry.subarray(0, HEAD_BYTES).includes(`"type":"${type}"`);
}
