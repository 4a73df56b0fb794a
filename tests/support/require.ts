/**
 * What a test needs and a machine may lack. A lack is said aloud, never silent; KITH_REQUIRE=all makes
 * it a failure, so that a machine that should have everything cannot pass by lacking something.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "vitest";
import { canDumpCores } from "./core-dump.ts";
import { openDisk } from "./disk.ts";
import { canOpenSession } from "./keychain.ts";

export type Capability =
  | "root-netns"
  | "packet-loss"
  | "root-loop"
  | "packet-capture"
  | "terminal"
  | "browser"
  | "keychain"
  | "core-dump"
  | "registry";

interface Probe {
  readonly words: string;
  isThere(): boolean;
}

function mayMakeNamespaces(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  // Root in a container may still lack the right: only trying tells.
  const name = `kith-probe-${process.pid}`;
  if (spawnSync("ip", ["netns", "add", name], { stdio: "ignore" }).status !== 0) return false;
  return spawnSync("ip", ["netns", "del", name], { stdio: "ignore" }).status === 0;
}

const probes: Readonly<Record<Capability, Probe>> = {
  "root-netns": { words: "root for network namespaces", isThere: mayMakeNamespaces },
  "packet-loss": {
    words: "root for network namespaces, and nft to lose packets between them",
    isThere: () => mayMakeNamespaces() && spawnSync("nft", ["--version"], { stdio: "ignore" }).status === 0,
  },
  "packet-capture": {
    words: "root for network namespaces, and python3 to read what passes through them",
    isThere: () =>
      mayMakeNamespaces() &&
      spawnSync("python3", ["-c", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"], {
        stdio: "ignore",
      }).status === 0,
  },
  "root-loop": {
    words: "root, loop devices, mkfs.ext4 and xfs_io",
    isThere() {
      if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
      if (spawnSync("xfs_io", ["-V"], { stdio: "ignore" }).status !== 0) return false;
      // Loop devices may be missing, or mounting forbidden: only trying tells.
      try {
        openDisk({ bytes: 4_194_304 }).close();
        return true;
      } catch {
        return false;
      }
    },
  },
  terminal: {
    words: "Linux, and script of util-linux to make a terminal",
    isThere: () =>
      process.platform === "linux" && spawnSync("script", ["--version"], { stdio: "ignore" }).status === 0,
  },
  browser: {
    words: "Chromium (KITH_CHROMIUM says where, if it is in no usual place)",
    isThere: () => chromiumPath() !== null,
  },
  keychain: {
    words: "a D-Bus session daemon and gnome-keyring-daemon",
    isThere: canOpenSession,
  },
  "core-dump": {
    words: "Linux, and prlimit for a kernel that writes core dumps to files, or gdb to take them",
    isThere: canDumpCores,
  },
  registry: {
    words: "Linux or Windows, and npm with a registry to fetch packages of others from",
    // For Apple's machines there is no such Node in it.
    isThere: () =>
      process.platform !== "darwin" &&
      spawnSync("npm", ["ping"], { stdio: "ignore", shell: process.platform === "win32" }).status === 0,
  },
};

/** The browser that tests drive: the one that is named, the system's, or the one that Playwright brought. */
export function chromiumPath(): string | null {
  const named = process.env["KITH_CHROMIUM"];
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = (named === undefined ? usual : [named]).find((path) => existsSync(path));
  if (found !== undefined || named !== undefined) return found ?? null;
  // Only when it is needed: reading Playwright takes longer than most tests.
  const { chromium } = createRequire(import.meta.url)("playwright-core") as {
    chromium: { executablePath(): string };
  };
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : null;
}

const found = new Map<Capability, boolean>();

/** Asked once a process. */
export function has(capability: Capability): boolean {
  const known = found.get(capability) ?? probes[capability].isThere();
  found.set(capability, known);
  return known;
}

export interface NeedingTest {
  /** As vitest's test. */
  (name: string, body: () => unknown, timeoutMs?: number): void;
  /** As vitest's describe; skipped whole, hooks included. */
  describe(name: string, body: () => void): void;
}

/** `const rootTest = needs("root-netns")`; use it where `test` would stand. */
export function needs(capability: Capability): NeedingTest {
  const { words } = probes[capability];
  const lack = (name: string): void => {
    if (process.env["KITH_REQUIRE"] === "all") {
      test(name, () => {
        throw new Error(
          `this machine lacks what KITH_REQUIRE=all demands: ${words}; install it or unset KITH_REQUIRE`,
        );
      });
      return;
    }
    console.log(`SKIPPED (needs ${words}): ${name}`);
    test.skip(name, () => {});
  };
  const one = (name: string, body: () => unknown, timeoutMs?: number): void => {
    if (has(capability))
      test(name, { timeout: timeoutMs ?? 5_000 }, async () => {
        await body();
      });
    else lack(name);
  };
  return Object.assign(one, {
    describe(name: string, body: () => void): void {
      if (has(capability)) describe(name, body);
      else lack(name);
    },
  });
}
