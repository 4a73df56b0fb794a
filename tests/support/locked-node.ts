/** Nodes under a passphrase: started with it, awaited while they are locked, and what must be nowhere of them then. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startNode, temporaryDirectory } from "./kith-process.ts";
import type { KithProcess, RunningKith } from "./kith-process.ts";
import { keysOf, textNeedle } from "./needles.ts";
import type { Needle } from "./needles.ts";

export interface LockedLine {
  readonly ready: true;
  readonly locked: true;
  readonly url: string;
  readonly port: number;
  readonly deviceId: null;
  readonly apiToken: null;
}

/** A file that holds this passphrase, for its owner alone. */
export function fileWith(text: string): string {
  const path = join(temporaryDirectory(), "passphrase");
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
}

export const startWith = (
  text: string,
  options: Parameters<typeof startNode>[0] = {},
): Promise<RunningKith> =>
  startNode({ ...options, args: ["--passphrase-file", fileWith(text), ...(options.args ?? [])] });

export const lockedLine = async (from: KithProcess): Promise<LockedLine> =>
  JSON.parse(await from.line((line) => line.includes('"locked":true'))) as LockedLine;

/** Memory is large, and each of these is looked for in ten forms. */
const looked = /'s (?:data key|header secret|content secret|identity\/(?:device|root|prekey\/secret))$/;

/** Keys of the store, the device and the epochs of a locked node, its passphrase, and these texts by what they are. */
export async function lockedSecrets(
  dataDir: string,
  passphrase: string,
  texts: Readonly<Record<string, string>>,
): Promise<Needle[]> {
  const copy = join(temporaryDirectory(), "data");
  cpSync(dataDir, copy, { recursive: true });
  const keys = (await keysOf(copy, "Ann", passphrase)).filter(({ what }) => looked.test(what));
  for (const what of ["data key", "identity/device", "identity/root", "header secret", "content secret"])
    if (!keys.some((key) => key.what === `Ann's ${what}`)) throw new Error(`the store holds no ${what}`);
  return [
    ...keys,
    textNeedle("the passphrase", passphrase),
    ...Object.entries(texts).map(([what, text]) => textNeedle(what, text)),
  ];
}
