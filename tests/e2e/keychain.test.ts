/** A node that the system's keychain opens, with a real session bus and a real keyring. spec/store ST36. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unlockKeyFile } from "@kith/store";
import { afterEach, expect } from "vitest";
import { openSession } from "../support/keychain.ts";
import type { Session } from "../support/keychain.ts";
import { endEverything, runKith, spawnKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { KithProcess } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const passphrase = "nine-lanterns-under-the-bridge";
let session: Session | null = null;

afterEach(async () => {
  await endEverything();
  await session?.close();
  session = null;
});

const isLockedLine = (line: string): boolean => line.includes('"locked":true');

/** Until it says that it waits for its passphrase. */
async function startLocked(dataDir: string, env: Record<string, string>): Promise<KithProcess> {
  const ports = ["--port", "0", "--peer-port", "0", "--lan", "off"];
  const child = await spawnKith(["up", "--json", "--no-open", "--data", dataDir, ...ports], { env });
  await child.line(isLockedLine);
  return child;
}

async function endOf(child: KithProcess): Promise<void> {
  child.signal("SIGTERM");
  await child.exited;
}

needs("keychain")(
  "[ST36] a key in the keychain opens a node at its start, and never one that was locked; without a keychain the passphrase does",
  async () => {
    const folder = temporaryDirectory();
    session = await openSession(folder);
    const { env } = session;
    const file = join(folder, "passphrase");
    writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
    const wrong = join(folder, "wrong");
    writeFileSync(wrong, "not the passphrase\n", { mode: 0o600 });
    const first = await startNode({ name: "Ann", env, args: ["--passphrase-file", file] });
    const { dataDir } = first;
    const kith = (...words: string[]) => runKith([...words, "--data", dataDir, "--json"], { env });
    await first.client.createSpace({ name: "Harbour" });

    // Who does not know the passphrase puts nothing anywhere.
    const refused = await kith("passphrase", "remember", "--passphrase-file", wrong);
    expect([refused.code, refused.stderr.includes("WRONG_PASSPHRASE")]).toEqual([1, true]);
    expect(existsSync(join(dataDir, "keychain"))).toBe(false);
    // The next is looked at after a wait (HT80).
    const remember = () => kith("passphrase", "remember", "--passphrase-file", file);
    await expect.poll(async () => (await remember()).code, { timeout: 20_000 }).toBe(0);
    expect(await first.client.passphrase()).toMatchObject({ set: true, keychain: true });
    await first.stop();

    // The key is in no file as it is.
    const key = await unlockKeyFile(join(dataDir, "key"), passphrase);
    const forms = [
      Buffer.from(key),
      ...(["hex", "base64"] as const).map((form) => Buffer.from(key).toString(form)),
    ];
    const files = [dataDir, folder].flatMap((directory) =>
      readdirSync(directory, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
    );
    for (const bytes of files) for (const form of forms) expect(bytes.includes(form)).toBe(false);

    const again = await startNode({ dataDir, env });
    expect((await again.client.spaces()).items.map(({ name }) => name)).toEqual(["Harbour"]);
    // Locked by its person it stays locked until the passphrase comes.
    expect((await kith("lock")).code).toBe(0);
    await again.process.line(isLockedLine);
    expect((await kith("unlock", "--passphrase-file", file)).code).toBe(0);
    await again.stop();

    // Nobody is logged in: it begins locked, and opens by the passphrase.
    const alone = await startLocked(dataDir, { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" });
    expect((await kith("unlock", "--passphrase-file", file)).code).toBe(0);
    const blind = await runKith(
      ["passphrase", "remember", "--data", dataDir, "--json", "--passphrase-file", file],
      { env },
    );
    expect([blind.code, blind.stderr.includes("KEYCHAIN_UNAVAILABLE")]).toEqual([1, true]);
    await endOf(alone);

    const third = await startNode({ dataDir, env });
    expect((await kith("passphrase", "forget")).code).toBe(0);
    expect(await third.client.passphrase()).toMatchObject({ set: true, keychain: false });
    await third.stop();
    const last = await startLocked(dataDir, env);
    await endOf(last);
  },
  120_000,
);
