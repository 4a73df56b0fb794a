/** The node that runs on a data directory, and a client that is signed in to it. */
import { createKithClient, KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import { CommandError } from "../cli/failure.ts";
import { createSocketFetch, SOCKET_URL } from "./socket-fetch.ts";
import { readNodeFile, readToken } from "../data-directory.ts";
import type { DataPaths, NodeFile } from "../data-directory.ts";

/** A node that has just taken the directory says where it is within its start. */
const STARTING_MS_MAX = 10_000;
/** Between two looks: less than a person notices. */
const POLL_MS = 50;

export interface RunningNode {
  readonly client: KithClient;
  readonly file: NodeFile;
  readonly token: string;
}

/** A client of a node that waits for its passphrase; null when it does not, or none answers. */
export async function findLocked({ apiSocket, ...paths }: DataPaths): Promise<KithClient | null> {
  const file = apiSocket === null ? readNodeFile({ ...paths, apiSocket }) : null;
  if (apiSocket === null && file?.locked !== true) return null;
  const client =
    apiSocket === null
      ? createKithClient({ url: file?.url ?? "" })
      : createKithClient({ url: SOCKET_URL, WebSocket: null, fetch: createSocketFetch(apiSocket) });
  try {
    return (await client.health()).locked === true ? client : null;
  } catch (error) {
    if (error instanceof KithApiError) return null;
    throw error;
  }
}

/** Null when no node answers. A node's file may outlive it, so the node itself is asked. Rejects with LOCKED. */
export async function connectNode(paths: DataPaths): Promise<RunningNode | null> {
  const { apiSocket } = paths;
  if ((await findLocked(paths)) !== null)
    throw new CommandError(
      "LOCKED",
      `the node on ${paths.directory} is locked`,
      "Open it: kith unlock. If its passphrase is lost, end it and begin anew: kith reset",
    );
  const token = (apiSocket === null ? null : process.env["KITH_TOKEN"]) ?? readToken(paths);
  if (token === null) return null;
  if (apiSocket !== null) return connectBySocket(apiSocket, token);
  const file = readNodeFile(paths);
  if (file === null) return null;
  const client = createKithClient({ url: file.url, token });
  try {
    // Another node may listen on the port of one that was killed: only the right one takes the token.
    await client.me();
    return { client, file, token };
  } catch (error) {
    if (
      error instanceof KithApiError &&
      (error.code === "UNREACHABLE" || error.status === 401 || error.code === "BAD_ANSWER")
    )
      return null;
    throw error;
  }
}

/** A node that is named by its socket may keep its data where this command cannot look. */
async function connectBySocket(path: string, token: string): Promise<RunningNode | null> {
  // Not over a WebSocket: the runtime's opens none on a Unix socket.
  const client = createKithClient({
    url: SOCKET_URL,
    token,
    WebSocket: null,
    fetch: createSocketFetch(path),
  });
  try {
    const { nodeId } = await client.status();
    const file = { url: `unix:${path}`, port: 0, peerPort: 0, deviceId: nodeId, pid: 0, beaconAt: null };
    return { client, token, file };
  } catch (error) {
    if (error instanceof KithApiError && error.code === "UNREACHABLE") return null;
    throw error;
  }
}

/** Rejects with NODE_NOT_RUNNING. */
export async function requireNode(paths: DataPaths): Promise<RunningNode> {
  const running = await connectNode(paths);
  if (running !== null) return running;
  if (paths.apiSocket !== null)
    throw new CommandError(
      "NODE_NOT_RUNNING",
      `no node answers on ${paths.apiSocket}, or there is no token for it`,
      `Start one: kith up --socket ${paths.apiSocket}; a token comes from --data DIR or KITH_TOKEN.`,
    );
  throw new CommandError(
    "NODE_NOT_RUNNING",
    `no node runs on ${paths.directory}`,
    `Start one: kith up --data ${paths.directory}`,
  );
}

/** For `kith up` beside a node that holds the directory and may still be starting. Rejects with NODE_SILENT. */
export async function findRunningNode(paths: DataPaths): Promise<RunningNode & { readonly signIn: string }> {
  for (let waitedMs = 0; waitedMs < STARTING_MS_MAX; waitedMs += POLL_MS) {
    const running = await connectNode(paths);
    if (running !== null) return { ...running, signIn: (await running.client.signInLink()).url };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CommandError(
    "NODE_SILENT",
    `another process holds ${paths.directory} and does not answer`,
    "End that process, then try again.",
  );
}
