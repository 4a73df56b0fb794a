/** Somebody joins a space with a long history over a slow line: what was said last must not wait for all of it. */
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { World } from "../world.ts";

const MESSAGES = 5_000;
const BURST = 50;
/** A page of the app. */
const PAGE = 50;
const LINE = { delayMs: 40, bytesPerS: 250_000 } as const;
/** From the use of the invite until the newest page is there, on that line. */
const PAGE_MS_MAX = 3_000;

function textsAt({ space }: World, { service }: Device): string[] {
  if (service?.spaces().some(({ id, state }) => id === space && state === "ready") !== true) return [];
  return service.messages({ space, channel: "general", limit: PAGE }).items.map(({ text }) => text);
}

async function untilShown(world: World, newcomer: Device, texts: readonly string[]): Promise<void> {
  const beganMs = world.timeline.nowMs;
  const isShown = (): boolean => textsAt(world, newcomer).join() === texts.join();
  while (!isShown() && world.timeline.nowMs - beganMs < PAGE_MS_MAX) await world.pass(10);
  if (!isShown())
    world.witness.fail(
      "comes in time",
      `the newest page is not there ${PAGE_MS_MAX} ms after the invite was used`,
    );
  const held = newcomer.disk.kept.events.size;
  if (held > MESSAGES / 2)
    world.witness.fail("comes in time", `the newest page came with ${held} events, not before them`);
}

export const newcomer: Scenario = {
  name: "newcomer",
  about: "a newcomer to thousands of messages reads the newest page long before it has them all",
  devices: ["Ann", "Ben"],
  async play(world) {
    const [ann, ben] = world.devices as [Device, Device];
    for (let written = 0; written < MESSAGES; written += BURST) {
      world.write((written / BURST) % 2 === 0 ? ann : ben, BURST);
      await world.pass(200);
    }
    await world.pass(5_000);
    const texts = textsAt(world, ann);
    world.become(LINE);
    const cleo = await world.welcome("Cleo", { whileItComes: (device) => untilShown(world, device, texts) });
    if (textsAt(world, cleo).join() !== texts.join())
      world.witness.fail("converges", "the page is another one than when it came early");
  },
};
