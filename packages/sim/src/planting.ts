/** Plants one bug in a copy of the sources and runs a program of the copy: no switch for it is in what people run. */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Change {
  readonly file: string;
  /** Stands there once. */
  readonly find: string;
  readonly replace: string;
}

export interface Bug extends Change {
  readonly name: string;
  /** A second place, where two hold the same up. */
  readonly also?: Change;
}

export interface Program {
  /** From the root of the sources. */
  readonly path: string;
  readonly parameters: readonly string[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** How the program ended with the bug in it, and its lines. Rejects when the bug's place is not there once. */
export async function runWith(
  bug: Bug,
  { path, parameters }: Program,
): Promise<{ code: number | null; output: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "kith-planted-"));
  try {
    plant(bug, folder);
    const child = spawn(process.execPath, [join(folder, path), ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code, output: Buffer.concat(chunks).toString("utf8").trim().split("\n") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant(bug: Bug, folder: string): void {
  cpSync(join(root, "packages"), join(folder, "packages"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  // The libraries as they are; our own packages from the copy.
  mkdirSync(join(folder, "node_modules", "@kith"), { recursive: true });
  for (const each of readdirSync(join(folder, "packages")))
    symlinkSync(join(folder, "packages", each), join(folder, "node_modules", "@kith", each));
  for (const each of readdirSync(join(root, "node_modules"))) {
    if (each !== "@kith") symlinkSync(join(root, "node_modules", each), join(folder, "node_modules", each));
  }
  for (const { file, find, replace } of [bug, ...(bug.also ? [bug.also] : [])]) {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    if (text.split(find).length !== 2)
      throw new Error(
        `"${bug.name}" cannot be planted: its place in ${file} is not there once; mend the list`,
      );
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
  }
}
