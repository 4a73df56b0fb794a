/**
 * What lies where in a data directory, as both the node and the commands see it. The node writes these
 * files; a command only reads where the node is and the owner's token. CONTRACT: DIR/node.json, DIR/api-token.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export interface DataPaths {
  readonly directory: string;
  /** The key of the store. */
  readonly key: string;
  /** Held by the one process that owns the directory. */
  readonly lock: string;
  /** Where the running node is. */
  readonly node: string;
  readonly token: string;
  /** Which tokens were made for programs, and which of them were revoked. */
  readonly tokens: string;
  /** The name of the entry in the system's keychain, where there is one. */
  readonly keychain: string;
  /** The Unix socket by which its node is to be reached; null: by the address in `node`. */
  readonly apiSocket: string | null;
}

export interface NodeFile {
  /** For example http://127.0.0.1:8888. */
  readonly url: string;
  readonly port: number;
  readonly peerPort: number;
  readonly deviceId: string;
  readonly pid: number;
  /** Wall time of the first beacon; null without one. */
  readonly beaconAt: number | null;
  /** It waits for its passphrase; its device is not known then. */
  readonly locked?: true;
}

export function defaultDataDirectory(): string {
  return join(homedir(), ".kith");
}

export function dataPaths(
  directory: string,
  { apiSocket = null }: { readonly apiSocket?: string | null } = {},
): DataPaths {
  const absolute = resolve(directory);
  return {
    directory: absolute,
    key: join(absolute, "key"),
    lock: join(absolute, "lock"),
    node: join(absolute, "node.json"),
    token: join(absolute, "api-token"),
    tokens: join(absolute, "tokens.json"),
    keychain: join(absolute, "keychain"),
    apiSocket: apiSocket === null ? null : resolve(apiSocket),
  };
}

/** Null when no node has written it, or when it is not one of ours. A killed node leaves its file behind. */
export function readNodeFile(paths: DataPaths): NodeFile | null {
  const text = readIfThere(paths.node);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isNodeFile(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The owner's token; null when there is none. */
export function readToken(paths: DataPaths): string | null {
  return readIfThere(paths.token)?.trim() ?? null;
}

function isNodeFile(value: unknown): value is NodeFile {
  if (typeof value !== "object" || value === null) return false;
  const { url, port, pid } = value as Record<string, unknown>;
  return (
    typeof url === "string" &&
    url.startsWith("http://") &&
    typeof port === "number" &&
    typeof pid === "number"
  );
}

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
