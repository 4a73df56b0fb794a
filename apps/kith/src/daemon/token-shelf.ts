/** The list of tokens made for programs, in a file of the data directory: ids and names, never a token. */
import { existsSync, readFileSync } from "node:fs";
import type { TokenShelf } from "@kith/api";
import { writePrivateFile } from "./private-file.ts";

export function createFileShelf(path: string): TokenShelf {
  return {
    read: () => (existsSync(path) ? readFileSync(path, "utf8") : null),
    write: (text) => writePrivateFile(path, text),
  };
}
