/**
 * A node as an outside program sees it: HTTP and the log over WebSocket, by way of any connection. Knows
 * nothing of processes; tests of what a node does when it is attacked come in by the same door as its owner.
 */
import { once } from "node:events";
import { Agent, request } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";

/** Opens a byte stream to an address, from wherever the test stands. */
export type Connect = (host: string, port: number) => Duplex;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed where it is JSON, else text. */
  readonly body: unknown;
}

export interface LogEntry {
  readonly cursor: string;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Surface {
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The body of a 2xx answer; throws with the node's own words at any other. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Every entry of the log since the surface was opened. */
  readonly log: readonly LogEntry[];
  /** Asked again at each entry of the log, and now and then between: not every condition is told there. */
  until(what: string, condition: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
  close(): void;
}

export interface SurfaceOptions {
  readonly connect: Connect;
  readonly port: number;
  readonly token: string;
}

const RECHECK_MS = 50;
const UNTIL_MS = 15_000;

export async function openSurface({ connect, port, token }: SurfaceOptions): Promise<Surface> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  agent.createConnection = () => connect("127.0.0.1", port);
  const log: LogEntry[] = [];
  const waiting = new Set<() => void>();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?hello=1`, ["kith"], {
    headers: { authorization: `Bearer ${token}` },
    createConnection: () => connect("127.0.0.1", port) as never,
  });
  const hello = once(socket, "message");
  await hello;
  socket.on("error", () => {});
  socket.on("message", (data: Buffer) => {
    log.push(JSON.parse(data.toString("utf8")) as LogEntry);
    for (const wake of waiting) wake();
  });

  function call(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${token}`,
        ...(text === undefined
          ? null
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      };
      const asked = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString("utf8");
          const isJson = (response.headers["content-type"] ?? "").includes("json");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson && answer !== "" ? (JSON.parse(answer) as unknown) : answer,
          });
        });
      });
      asked.on("error", reject);
      asked.end(text);
    });
  }

  /** Resolves at the next entry, or after a moment. */
  function nextEntry(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, RECHECK_MS);
      waiting.add(wake);
    });
  }

  return {
    call,
    async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await call(method, path, body);
      if (answer.status >= 200 && answer.status < 300) return answer.body as T;
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    },
    log,
    async until(what, condition, withinMs = UNTIL_MS) {
      const endMs = performance.now() + withinMs;
      while (!(await condition())) {
        if (performance.now() > endMs) throw new Error(`never came within ${withinMs} ms: ${what}`);
        await nextEntry();
      }
    },
    close() {
      socket.terminate();
      agent.destroy();
    },
  };
}
