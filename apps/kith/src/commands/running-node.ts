/** The node that runs on a data directory, and a client that is signed in to it. */
import { createKithClient, KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import { CommandError } from "../cli/failure.ts";
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

/** Null when no node answers. A node's file may outlive it, so the node itself is asked. */
export async function connectNode(paths: DataPaths): Promise<RunningNode | null> {
  const file = readNodeFile(paths);
  const token = readToken(paths);
  if (file === null || token === null) return null;
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

/** Rejects with NODE_NOT_RUNNING. */
export async function requireNode(paths: DataPaths): Promise<RunningNode> {
  const running = await connectNode(paths);
  if (running !== null) return running;
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
