/// <reference lib="dom" />
/** Which devices have a message, behind the words below it: three nodes, one of which is away and then comes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Locator } from "playwright-core";
import { foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { until } from "../support/one-too-many.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

/** What takes a second alone, on a machine that others share. */
const LOADED = { timeout: 60_000 };

needs("browser").describe("where a message is, in the web app", () => {
  let browser: Browser;
  let ann: RunningKith;
  let phone: RunningKith;
  let ben: RunningKith;
  let a: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, phone, ben] = await Promise.all([
      startNode({ name: "Ann" }),
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
    ]);
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Climbing");
    await ben.client.join((await ann.client.createInvite("Climbing")).link, { waitMs: 30_000 });
    const { link } = await ann.client.offerDevice();
    const { code } = await phone.client.takeLink({ link, name: "Phone", waitMs: 30_000 });
    await until(async () => (await ann.client.deviceOffers()).items[0]?.state === "confirm");
    await ann.client.confirmDevice(code ?? "");
    await until(async () => (await phone.client.spaces()).items[0]?.state === "ready");
  }, 300_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const mark = (text: string): Locator =>
    message(a.page, text).getByRole("button", { name: /: show each device$/ });
  const list = (): Locator => a.page.getByRole("dialog", { name: "Delivered to" });
  const line = (name: string, device: RegExp): Locator =>
    list()
      .getByRole("list", { name: `Devices of ${name}` })
      .getByRole("listitem")
      .filter({ hasText: device });
  const isFocused = (one: Locator): Promise<boolean> =>
    one.evaluate((element) => element === document.activeElement);

  test("[SP155] [SP156] [HT117] each device by its person and name; of one that is away since when, and its line changes by itself when it comes", async () => {
    const { page } = a;
    await ben.client.setOnline(false);
    await until(async () => (await ann.client.peers()).items.every(({ name }) => name !== "Ben"));
    await write(page, "who has it?");
    await mark("who has it?").getByText("On 1 of 2 devices").waitFor(LOADED);
    await mark("who has it?").click();
    await line("Ann", /Phone.*Has it/).waitFor(LOADED);
    await line("Ben", /Not in reach, last seen /).waitFor(LOADED);
    await checkLooks(page, "delivery");
    // What comes later moves the words below the message away, and not the list that is looked at.
    await ann.client.post({ space: "Climbing", channel: "general", text: "a newer one" });
    await message(page, "a newer one").waitFor(LOADED);
    await ben.client.setOnline(true);
    await line("Ben", /Has it/).waitFor(LOADED);
    await line("Ann", /Phone.*Has it/).waitFor(LOADED);
    await mark("who has it?").getByText("On all 2 devices").waitFor(LOADED);
    await page.keyboard.press("Escape");
    await list().waitFor({ state: "detached" });
  }, 180_000);

  test("expectation 20: by the keyboard alone: into the message, its devices, and back; also of one that is not the last", async () => {
    const { page } = a;
    for (const text of ["a newer one", "who has it?"]) {
      const row = message(page, text);
      await row.focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => isFocused(mark(text))).toBe(true);
      await page.keyboard.press("Enter");
      await line("Ben", /Has it/).waitFor(LOADED);
      await page.keyboard.press("Escape");
      await list().waitFor({ state: "detached" });
      await expect.poll(() => isFocused(mark(text))).toBe(true);
      await page.keyboard.press("Escape");
      await expect.poll(() => isFocused(row)).toBe(true);
    }
    expect(a.faults).toEqual([]);
  }, 120_000);
});
