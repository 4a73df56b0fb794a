/**
 * The same surface on a Unix socket, for programs on this machine that should reach it by a file's rights and not by a
 * port. Owns the file: made for its owner alone, taken over from a node that was killed, and never in the place of
 * something else. Who comes in by it passes the same gate, with a token. Spec: http, HT74-HT75.
 */
import { chmodSync, lstatSync, rmSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { ApiFault } from "./fault.ts";
import { CONNECTIONS_MAX, SOCKET_PATH_BYTES_MAX } from "./limits.ts";

export interface LocalSocket {
  /** Ends listening and takes the file away; connections are the HTTP server's to end. */
  close(): Promise<void>;
}

/** Connections that came in by a Unix socket; no page of any browser can open one. */
const local = new WeakSet<Socket>();

export function isLocal(socket: Socket): boolean {
  return local.has(socket);
}

/** Rejects with BAD_INPUT where the path cannot be one, and with PATH_TAKEN where something else is there or listens. */
export async function openLocalSocket(path: string, http: HttpServer): Promise<LocalSocket> {
  if (process.platform === "win32")
    throw new ApiFault("BAD_INPUT", "Windows has no Unix sockets here", "use the address and port");
  // Longer ones are cut by the system without a word, and another file is made.
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
    throw new ApiFault(
      "BAD_INPUT",
      `the path of the socket has more than ${SOCKET_PATH_BYTES_MAX} bytes`,
      "choose a shorter one",
    );
  await clearPlace(path);
  const server = createServer((socket) => {
    local.add(socket);
    // As if it had come in by the port: one server answers both.
    http.emit("connection", socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listenPrivately(server, path);
  return {
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The file is nobody else's from its first moment on. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      chmodSync(path, 0o600);
      resolve();
    });
    // Listening on a path makes the file before it returns, so nothing else is made under this mask.
    const before = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

/** Takes away what a killed node has left there. */
async function clearPlace(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket())
    throw new ApiFault("PATH_TAKEN", `${path} is there and is no socket`, "choose another path");
  if (await isAnswered(path))
    throw new ApiFault("PATH_TAKEN", `another program listens on ${path}`, "end it, or choose another path");
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}
