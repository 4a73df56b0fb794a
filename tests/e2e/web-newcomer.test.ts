/// <reference lib="dom" />
/** A newcomer to 20,000 messages: the newest page is there to be read at once, and says that the rest is on its way. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  findViolations,
  foundSpace,
  giveName,
  inviteBy,
  launchBrowser,
  message,
  visit,
} from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const MESSAGES = 20_000;
const BATCH = 100;
/** As much is on the screen at least. */
const PAGE = 20;

const gap = (page: Page) => page.getByText(/Older messages are (on their way|still missing)/);
const numbered = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("article")].map((row) =>
      Number(/line (\d+)$/.exec(row.getAttribute("aria-label") ?? "")?.[1]),
    ),
  );

/** A list that is begun anew draws its first rows before it stands at its end. */
async function endIsShown(page: Page): Promise<void> {
  await expect
    .poll(async () => (await numbered(page)).slice(-PAGE), { timeout: 10_000 })
    .toEqual(Array.from({ length: PAGE }, (_, index) => MESSAGES - PAGE + index));
}

needs("browser").describe("a newcomer to a long history", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let b: Visit;
  let link = "";

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    const a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Climbing");
    link = await inviteBy(a.page, "Climbing");
    await a.page.close();
    const [space] = (await ann.client.spaces()).items;
    for (let at = 0; at < MESSAGES; at += BATCH)
      await ann.client.postBatch(
        Array.from({ length: BATCH }, (_, line) => ({
          space: space?.id ?? "",
          channel: "general",
          text: `line ${at + line}`,
        })),
      );
    b = await visit(browser, ben, { viewport: { width: 1_280, height: 800 } });
  }, 120_000);

  afterAll(async () => {
    process.kill(ann.pid, "SIGCONT");
    await browser.close();
    await endEverything();
  });

  async function newest(): Promise<string | undefined> {
    const [space] = (await ben.client.spaces()).items;
    if (space?.state !== "ready") return undefined;
    return (await ben.client.messages({ space: space.id, channel: "general", limit: 1 })).items[0]?.text;
  }

  /** A device that stood still for long is taken for gone: it goes on until the link is back. */
  async function wordsOfGap(): Promise<string> {
    const words = await gap(b.page).innerText();
    if (words.includes("still missing")) {
      process.kill(ann.pid, "SIGCONT");
      await expect
        .poll(async () => (await ben.client.status()).receiving, { timeout: 20_000, interval: 20 })
        .not.toBeNull();
      process.kill(ann.pid, "SIGSTOP");
    }
    return words;
  }

  test("[SY65] [HT55] the newest page can be read long before the history is here, and says how far that is", async () => {
    const { page } = b;
    await giveName(page, "Ben");
    await page.getByRole("button", { name: "I have an invitation" }).click();
    await page.getByRole("textbox", { name: "Invitation link" }).fill(link);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await expect.poll(newest, { interval: 5, timeout: 30_000 }).toBe(`line ${MESSAGES - 1}`);
    // Save for what is on the wire nothing more comes while it is looked at.
    process.kill(ann.pid, "SIGSTOP");
    const { messagesSynced } = await ben.client.status();
    expect(messagesSynced).toBeLessThan(MESSAGES / 2);
    await message(page, `line ${MESSAGES - 1}`).waitFor();
    await endIsShown(page);
    await page.getByRole("region", { name: "Messages in general" }).hover();
    await page.mouse.wheel(0, -20_000);
    await gap(page).waitFor();
    await expect
      .poll(wordsOfGap, { timeout: 30_000, interval: 250 })
      .toMatch(/[\d,]+ of 20,0\d\d, newest first$/);
  });

  test.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 390],
  ] as const)("as it stands nothing is wrong for anybody: %s, %i pixels wide", async (colorScheme, width) => {
    const { page } = b;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await gap(page).waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  test("[SY71] when all has come nothing says otherwise, and the same messages stand there", async () => {
    const { page } = b;
    process.kill(ann.pid, "SIGCONT");
    await expect
      .poll(async () => (await ben.client.status()).messagesSynced, { timeout: 50_000, interval: 250 })
      .toBe(MESSAGES);
    await gap(page).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Latest" }).click();
    await message(page, `line ${MESSAGES - 1}`).waitFor();
    await endIsShown(page);
    expect(b.faults).toEqual([]);
  });
});
