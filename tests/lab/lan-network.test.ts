import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { needs } from "../support/require.ts";

const lab = fileURLToPath(new URL("lan.sh", import.meta.url));
const program = fileURLToPath(new URL("../../packages/transports/src/testing/lan-host.ts", import.meta.url));
const prefix = `kl${process.pid}x`;
const PORT = 5_484;

interface Line {
  readonly ready?: boolean;
  readonly heard?: number;
  readonly host?: string;
  readonly flooded?: number;
  readonly counts?: { received: number; malformed: number; excess: number; sendFailures: number };
  readonly cpuMs?: number;
  readonly rssBytes?: number;
  readonly told?: { event: string }[];
}

interface Host {
  say(line: string): void;
  /** The first line, past or to come, for which it holds. */
  until(condition: (line: Line) => boolean): Promise<Line>;
  ask(line: string, condition: (line: Line) => boolean): Promise<Line>;
}

const running: ChildProcess[] = [];

async function startHost(index: number): Promise<Host> {
  const child = spawn("ip", ["netns", "exec", `${prefix}${index}`, process.execPath, program, String(PORT)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  running.push(child);
  const lines: Line[] = [];
  const waiting = new Set<{ condition: (line: Line) => boolean; resolve: (line: Line) => void }>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    for (const entry of waiting) {
      if (!entry.condition(line)) continue;
      waiting.delete(entry);
      entry.resolve(line);
    }
  });
  const next = (condition: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve) => waiting.add({ condition, resolve }));
  const host: Host = {
    say: (line) => void child.stdin.write(`${line}\n`),
    until(condition) {
      const past = lines.find(condition);
      return past === undefined ? next(condition) : Promise.resolve(past);
    },
    ask(line, condition) {
      const answer = next(condition);
      host.say(line);
      return answer;
    },
  };
  await host.until(({ ready }) => ready === true);
  return host;
}

function run(command: string, ...args: string[]): void {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${done.stderr}`);
}

needs("root-netns").describe("lan discovery between hosts", () => {
  beforeAll(() => {
    spawnSync(lab, ["down", prefix]);
    run(lab, "up", "3", prefix);
  }, 20_000);
  afterEach(() => {
    for (const child of running.splice(0)) child.stdin?.end();
  });
  afterAll(() => {
    run(lab, "down", prefix);
  }, 20_000);

  test("[LN1] hosts hear each other's announcements both ways, without a default route", async () => {
    const [one, two, three] = await Promise.all([startHost(1), startHost(2), startHost(3)]);
    one.say("announce 1");
    two.say("announce 2");
    const heard = await Promise.all([
      two.until(({ heard }) => heard === 1),
      three.until(({ heard }) => heard === 1),
      one.until(({ heard }) => heard === 2),
      three.until(({ heard }) => heard === 2),
    ]);
    expect(heard.map(({ host }) => host)).toEqual(["10.77.0.1", "10.77.0.1", "10.77.0.2", "10.77.0.2"]);
  }, 20_000);

  test("[LN1] two nodes of one host hear each other and both hear another host", async () => {
    const [one, sameHost, other] = await Promise.all([startHost(1), startHost(1), startHost(2)]);
    other.say("announce 3");
    await Promise.all([one.until(({ heard }) => heard === 3), sameHost.until(({ heard }) => heard === 3)]);
    one.say("announce 4");
    await Promise.all([sameHost.until(({ heard }) => heard === 4), other.until(({ heard }) => heard === 4)]);
    const { counts } = await one.ask("counts", ({ counts }) => counts !== undefined);
    // Its own announcement, by broadcast and by loopback, is not told to it.
    expect(counts?.received).toBe(1);
  }, 20_000);

  test("[LN4] an interface that appears later is used by the next announcement, and one that is gone disturbs no other", async () => {
    const ip = (...args: string[]): void => run("ip", "-n", `${prefix}1`, ...args);
    ip("addr", "del", "10.77.0.1/24", "dev", "eth0");
    const [one, two] = await Promise.all([startHost(1), startHost(2)]);
    one.say("announce 5");
    two.say("announce 6");
    // Lines are done in order: both have announced into the void by now.
    await Promise.all([one, two].map((host) => host.ask("counts", ({ counts }) => counts !== undefined)));
    ip("addr", "add", "10.77.0.1/24", "brd", "+", "dev", "eth0");
    one.say("announce 7");
    const first = await two.until(({ heard }) => heard !== undefined);
    expect(first).toMatchObject({ heard: 7, host: "10.77.0.1" });
    // An address whose network has no route: sending there fails each time, is told once, and the rest goes on.
    ip("addr", "add", "203.0.113.1/24", "dev", "eth0", "noprefixroute");
    ip("route", "del", "broadcast", "203.0.113.255", "dev", "eth0", "table", "local");
    one.say("announce 8");
    one.say("announce 9");
    await two.until(({ heard }) => heard === 9);
    const { counts, told } = await one.ask("counts", ({ counts }) => counts !== undefined);
    ip("addr", "del", "203.0.113.1/24", "dev", "eth0");
    expect(counts?.sendFailures).toBe(2);
    expect(told?.length).toBe(1);
  }, 20_000);

  test("[LN5] attack 31: a flood of 10,000 datagrams a second costs little, and another host is heard within a second", async () => {
    const [victim, flooder, friend] = await Promise.all([startHost(1), startHost(2), startHost(3)]);
    const before = await victim.ask("counts", ({ counts }) => counts !== undefined);
    const flooded = flooder.until(({ flooded }) => flooded !== undefined);
    flooder.say("flood 10.77.0.1 10000 3");
    // Once the flood is on its way through.
    let dropped = 0;
    while (dropped === 0) {
      const { counts } = await victim.ask("counts", ({ counts }) => counts !== undefined);
      dropped = counts!.excess;
    }
    const sentAt = performance.now();
    friend.say("announce 11");
    await victim.until(({ heard }) => heard === 11);
    expect(performance.now() - sentAt).toBeLessThan(1_000);
    expect((await flooded).flooded).toBeGreaterThan(20_000);
    friend.say("announce 12");
    await victim.until(({ heard }) => heard === 12);
    const after = await victim.ask("counts", ({ counts }) => counts !== undefined);
    const cpuShare = (after.cpuMs! - before.cpuMs!) / 3_000;
    const grownBytes = after.rssBytes! - before.rssBytes!;
    console.log(
      `lan flood: ${after.counts!.excess} dropped, ${(cpuShare * 100).toFixed(1)}% of a core, RSS +${(grownBytes / 1_048_576).toFixed(1)} MiB`,
    );
    // Three seconds of one source's rate and its burst.
    expect(after.counts!.received).toBeLessThan(650);
    expect(after.counts!.excess).toBeGreaterThan(5_000);
    expect(cpuShare).toBeLessThan(0.6);
    expect(grownBytes).toBeLessThan(64 * 1_048_576);
  }, 30_000);
});
