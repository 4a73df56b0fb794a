/** Gives orders to a carrier (carrier.ts), a process that is in no space and has its ciphertext: what it may know, and what it found. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Body, EpochId, Frame, ScopeId, SpaceId } from "@kith/core";

const program = fileURLToPath(new URL("carrier.ts", import.meta.url));

/** All bytes are in hexadecimal. */
export interface Carried {
  readonly scope: ScopeId;
  readonly outer: string;
}

interface Topic {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  readonly isControl: boolean;
  /** Of this epoch, whatever it was given. */
  readonly keys: readonly string[];
}

export type Act = "read" | "carry" | "forge" | "join";

export interface Order {
  readonly act: Act;
  readonly node: { readonly host: string; readonly port: number };
  readonly events: readonly Carried[];
  readonly topics: readonly Topic[];
  /** None: what nobody but a member has. */
  readonly secrets: readonly {
    readonly space: SpaceId;
    readonly scope: ScopeId;
    readonly headerSecret: string;
    readonly contentSecret: string;
  }[];
}

export interface Read {
  readonly device: string;
  readonly body: Body | null;
}

export interface Findings {
  readonly read: readonly Read[];
  /** Links that it made, and those on which the node named itself. */
  readonly links: number;
  readonly opened: number;
  readonly heard: readonly Frame[];
}

/** A process for one order. Throws when it ended otherwise than by having done what it could. */
export async function runCarrier(order: Order): Promise<Findings> {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(JSON.stringify(order));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the carrier ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Findings;
}
