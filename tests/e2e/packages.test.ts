/** What others install: packed, unpacked into an empty folder, and run there by itself. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packAll } from "../../scripts/pack.mjs";
import { ownBeaconPort, temporaryDirectory } from "../support/kith-process.ts";
import { install, installPackages, runNpm } from "../support/installed.ts";
import { needs } from "../support/require.ts";
import { root } from "../tidy/project.ts";

const run = promisify(execFile);
const folder = temporaryDirectory();
const modules = join(folder, "node_modules");
const cleanups: (() => unknown)[] = [];

/** What npm does, for where there is no registry: each tarball in its place, what it needs of others beside it (linked to the copies installed here). */
function unpack(tarballs: Readonly<Record<string, string>>): void {
  const wanted = new Set<string>(["react", "react-dom", "@types/react", "@types/node", "typescript"]);
  for (const [name, path] of Object.entries(tarballs)) {
    const target = join(modules, name);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", path, "-C", target, "--strip-components=1"]);
    const { dependencies = {} } = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    for (const needed of Object.keys(dependencies)) if (!needed.startsWith("@kith/")) wanted.add(needed);
  }
  for (const name of wanted) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
}

interface Ready {
  readonly url: string;
  readonly apiToken: string;
}

async function up(): Promise<Ready> {
  const program = join(modules, "@kith/cli/bin/installed.mjs");
  const args = [
    "up",
    "--json",
    "--no-open",
    "--data",
    join(folder, "data"),
    "--port",
    "0",
    "--peer-port",
    "0",
  ];
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, KITH_BEACON_PORT: String(await ownBeaconPort()) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanups.push(async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect((await ended)[0]).toBe(0);
  });
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, "close").then(() => Promise.reject(new Error("it ended before it was ready")));
  const [line] = (await Promise.race([once(lines, "line"), closed])) as [string];
  return JSON.parse(line) as Ready;
}

async function runHere(name: string, source: string, env: Record<string, string> = {}): Promise<string> {
  writeFileSync(join(folder, name), source);
  const { stdout } = await run(process.execPath, [name], { cwd: folder, env: { ...process.env, ...env } });
  return stdout.trim();
}

let node: Ready;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  tarballs = packAll(join(folder, "tarballs"));
  unpack(tarballs);
  node = await up();
}, 300_000);

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
}, 30_000);

test("the packed command line says its version, runs a node with the web app, and asks it", async () => {
  const program = join(modules, "@kith/cli/bin/installed.mjs");
  const kith = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [program, ...args, "--data", join(folder, "data")], { cwd: folder })).stdout;
  const { version } = JSON.parse(readFileSync(join(root, "apps/kith/package.json"), "utf8")) as {
    version: string;
  };
  const { stdout } = await run(process.execPath, [program, "--version"], { cwd: folder });
  expect(stdout.trim()).toBe(version);
  const page = await fetch(node.url);
  expect(await page.text()).toContain('<div id="app">');
  await kith("space", "create", "Climbing");
  expect(await kith("send", "Climbing/general", "packed")).toBeTruthy();
  expect(await kith("verify")).toMatch(/every one is what its author signed/);
});

test("the packed client follows a node and posts to it", async () => {
  const said = await runHere(
    "client.js",
    `import { createKithClient } from "@kith/client";
     const kith = createKithClient({ url: process.env.KITH_URL, token: process.env.KITH_TOKEN });
     const heard = new Promise((resolve) => kith.on("message", resolve));
     const connected = new Promise((resolve) => kith.on("connect", resolve));
     kith.connect();
     await connected;
     await kith.createSpace({ name: "From outside" });
     const { clientId } = kith.outbox.send({ space: "From outside", channel: "general", text: "hello" });
     const { id } = await kith.outbox.settled(clientId);
     const message = await heard;
     console.log(message.id === id, message.text, kith.getConnectionInfo().way);
     kith.disconnect();`,
    { KITH_URL: node.url, KITH_TOKEN: node.apiToken },
  );
  expect(said).toBe("true hello websocket");
});

needs("registry")(
  "[CL15] the packed client and hooks run under Node 22, over each way of the log",
  async () => {
    const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
    const older = installPackages({ [name]: "22.23.3" });
    const program = join(older, "node_modules", name, "bin", "node");
    writeFileSync(
      join(folder, "older.js"),
      `import { createElement as h } from "react";
     import { renderToString } from "react-dom/server";
     import { createKithClient } from "@kith/client";
     import { createKithStore, KithProvider, P2PNetworkStatus } from "@kith/react";
     const access = { url: process.env.KITH_URL, token: process.env.KITH_TOKEN };
     const said = [process.versions.node.split(".")[0]];
     for (const options of [{}, { WebSocket: null }]) {
       const kith = createKithClient({ ...access, ...options });
       const heard = new Promise((resolve) => kith.on("message", resolve));
       const connected = new Promise((resolve) => kith.on("connect", resolve));
       kith.connect();
       await connected;
       const name = \`Older \${said.length}\`;
       await kith.createSpace({ name });
       const { clientId } = kith.outbox.send({ space: name, channel: "general", text: "hello" });
       const { id } = await kith.outbox.settled(clientId);
       said.push((await heard).id === id, kith.getConnectionInfo().way);
       const error = await kith.space("Nowhere").catch(({ code }) => code);
       said.push(error);
       kith.disconnect();
     }
     const store = createKithStore({ client: createKithClient({ url: "http://127.0.0.1:9" }) });
     said.push(renderToString(h(KithProvider, { store }, h(P2PNetworkStatus, { variant: "compact" }))).includes("status"));
     console.log(JSON.stringify(said));`,
    );
    const { stdout } = await run(program, ["older.js"], {
      cwd: folder,
      env: { ...process.env, KITH_URL: node.url, KITH_TOKEN: node.apiToken },
    });
    expect(JSON.parse(stdout)).toEqual([
      "22",
      true,
      "websocket",
      "UNKNOWN_SPACE",
      true,
      "events",
      "UNKNOWN_SPACE",
      true,
    ]);
  },
  300_000,
);

needs("registry")(
  "npm installs the tarballs into an empty folder, where client, hooks and command line run",
  async () => {
    const empty = temporaryDirectory();
    const names = ["client", "react", "cli"];
    for (const name of names) copyFileSync(tarballs[`@kith/${name}`] ?? "", join(empty, `kith-${name}.tgz`));
    // As a person types it. The contract's types come with those who need them: no registry has to know of them.
    install(
      names.map((name) => `./kith-${name}.tgz`),
      empty,
    );
    expect(readdirSync(join(empty, "node_modules/@kith")).sort()).toEqual(["cli", "client", "react"]);
    writeFileSync(
      join(empty, "program.mjs"),
      `import { createKithClient } from "@kith/client";
       import { createKithStore } from "@kith/react";
       const kith = createKithClient({ url: process.env.KITH_URL, token: process.env.KITH_TOKEN });
       const { id } = await kith.createSpace({ name: "Installed" });
       const entries = kith.entries({ space: id, since: "0" });
       await kith.post({ space: id, channel: "general", text: "by npm" });
       for await (const { type, data } of entries) if (type === "message") { console.log(data.text); break; }
       const store = createKithStore({ client: kith });
       console.log(store.connection.get().phase);
       store.close();`,
    );
    const env = { ...process.env, KITH_URL: node.url, KITH_TOKEN: node.apiToken };
    const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: empty, env });
    expect(stdout).toBe("by npm\nstarting\n");
    const kith = join(empty, "node_modules/@kith/cli/bin/installed.mjs");
    const sent = ["send", "Installed/general", "by the command line", "--data", join(folder, "data")];
    await run(process.execPath, [kith, ...sent], { cwd: empty });
    const tail = ["search", "command line", "--data", join(folder, "data")];
    expect((await run(process.execPath, [kith, ...tail], { cwd: empty })).stdout).toContain(
      "by the command line",
    );
  },
  180_000,
);

/** Not in the project itself: other tests run its sources meanwhile. */
function copyProject(): string {
  const copy = temporaryDirectory();
  const isLeftOut = /^(?:node_modules|\.git|bench\/results)$/;
  cpSync(root, copy, { recursive: true, filter: (path) => !isLeftOut.test(relative(root, path)) });
  mkdirSync(join(copy, "node_modules/@kith"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "@kith") symlinkSync(join(root, "node_modules", name), join(copy, "node_modules", name));
  for (const name of readdirSync(join(root, "node_modules/@kith"))) {
    const room = relative(root, realpathSync(join(root, "node_modules/@kith", name)));
    symlinkSync(join(copy, room), join(copy, "node_modules/@kith", name));
  }
  return copy;
}

const contentOf = (tarball: string): string[] =>
  execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n").toSorted();

test("npm pack in a package's own folder makes the same tarball, and leaves its sources as they were", () => {
  const copy = copyProject();
  for (const name of ["contract", "client", "react", "cli"]) {
    const folderOf = join(copy, name === "cli" ? "apps/kith" : `packages/${name}`);
    const before = readdirSync(folderOf, { recursive: true }).toSorted();
    const manifest = readFileSync(join(folderOf, "package.json"), "utf8");
    const { status, said } = runNpm(["pack", "--pack-destination", copy], folderOf);
    expect([name, status, status === 0 ? "" : said]).toEqual([name, 0, ""]);
    const packed = tarballs[`@kith/${name}`] ?? "";
    expect(contentOf(join(copy, basename(packed)))).toEqual(contentOf(packed));
    expect(readdirSync(folderOf, { recursive: true }).toSorted()).toEqual(before);
    expect(readFileSync(join(folderOf, "package.json"), "utf8")).toBe(manifest);
  }
  // Ended in between: the next one begins by putting things back.
  const client = join(copy, "packages/client");
  const manifest = readFileSync(join(client, "package.json"), "utf8");
  const here = (step: string) =>
    execFileSync(process.execPath, ["../../scripts/pack-here.mjs", step], { cwd: client });
  here("prepack");
  expect(readFileSync(join(client, "package.json"), "utf8")).not.toBe(manifest);
  here("prepack");
  here("postpack");
  expect(readFileSync(join(client, "package.json"), "utf8")).toBe(manifest);
}, 300_000);

test("no packed manifest runs anything, and none asks a registry for the contract", () => {
  for (const name of Object.keys(tarballs)) {
    const manifest = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")) as {
      scripts?: object;
      dependencies?: Record<string, string>;
      bundleDependencies?: readonly string[];
    };
    expect(manifest.scripts, name).toBeUndefined();
    if (manifest.dependencies?.["@kith/contract"] !== undefined)
      expect(manifest.bundleDependencies, name).toContain("@kith/contract");
  }
});

test("the packed hooks render on a server, and their types and the client's hold in a strict program", async () => {
  const html = await runHere(
    "server.js",
    `import { createElement as h } from "react";
     import { renderToString } from "react-dom/server";
     import { createKithClient } from "@kith/client";
     import { createKithStore, KithProvider, P2PNetworkStatus } from "@kith/react";
     const store = createKithStore({ client: createKithClient({ url: "http://127.0.0.1:9" }) });
     console.log(renderToString(h(KithProvider, { store }, h(P2PNetworkStatus, { variant: "detailed" }))));`,
  );
  expect(html).toContain('role="status"');
  writeFileSync(
    join(folder, "typed.ts"),
    `import { createKithClient } from "@kith/client";
     import { useMessages, useP2PConnection } from "@kith/react";
     const kith = createKithClient({ url: "http://x" });
     kith.on("message", ({ text }) => text.toUpperCase());
     export const limit: Promise<{ readonly next: string | null }> = kith.messages({ limit: 3 });
     export function use(): string {
       const { rows } = useMessages({ space: "s", channel: "c" });
       const { broadcastMessage, peerCount } = useP2PConnection({ autoConnect: true, userId: "u", board: "b" });
       void broadcastMessage("x");
       return \`\${rows[0]?.text.length ?? peerCount}\`;
     }
     // @ts-expect-error: an event that there is not
     kith.on("massage", () => undefined);
     // @ts-expect-error: a message is no number
     await kith.post({ space: "s", channel: "c", text: 3 });`,
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = "--noEmit --strict --module nodenext --target es2024 --types node typed.ts".split(" ");
  const checked = await run(process.execPath, [tsc, ...options], { cwd: folder }).catch(
    (error: unknown) => error,
  );
  expect((checked as { stdout: string }).stdout).toBe("");
}, 180_000);

test("no tarball holds tests, sources or anything that is not to be read by others", () => {
  const paths = ["client", "react", "contract", "cli"].flatMap((name) =>
    readdirSync(join(modules, "@kith", name), { recursive: true, encoding: "utf8" }),
  );
  expect(paths.length).toBeGreaterThan(300);
  // Seeded randomness is the simulator's, which the command line carries.
  expect(
    paths.filter((path) => /(?:\.test\.|(?<!\.d)\.ts$|\/testing\/(?!seeded-random)|\.kith-)/.test(path)),
  ).toEqual([]);
  for (const name of ["client", "react", "contract", "cli"])
    for (const file of ["LICENSE", "README.md"])
      expect(existsSync(join(modules, "@kith", name, file)), `${name}/${file}`).toBe(true);
});
