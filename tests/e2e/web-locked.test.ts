/// <reference lib="dom" />
/** The passphrase in the web app: set, changed and removed in the settings, and a locked screen that opens again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { openSession } from "../support/keychain.ts";
import type { Session } from "../support/keychain.ts";
import { endEverything, runKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks, looksAndDarkPhone } from "../support/looks.ts";
import { has, needs } from "../support/require.ts";

const first = "seven herons over the weir";
const second = "a kettle of quiet lightning";
/** A program that begins anew, on a machine that others share. */
const TURN_MS = 60_000;

const security = (page: Page) => page.getByRole("region", { name: "Security" });
const dialog = (page: Page) => page.getByRole("dialog");
const lockedTitle = (page: Page) => page.getByRole("heading", { name: "Kith is locked" });
const passphraseField = (page: Page | Locator) =>
  page.getByRole("textbox", { name: "Passphrase", exact: true });

async function openSettings(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await security(page).getByRole("button").first().waitFor();
}

needs("browser").describe("a passphrase in the web app", () => {
  let browser: Browser;
  let node: RunningKith;
  let a: Visit;
  let session: Session | null = null;

  beforeAll(async () => {
    browser = await launchBrowser();
    session = has("keychain") ? await openSession(temporaryDirectory()) : null;
    node = await startNode({ name: "Ann", ...(session && { env: session.env }) });
    a = await visit(browser, node);
    await foundSpace(a.page, "Ann", "Climbing");
    await write(a.page, "the rope is wet");
    await message(a.page, "the rope is wet").waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
    await session?.close();
  });

  test("it is set with what it means said first, and a hint of what it is worth", async () => {
    const { page } = a;
    await openSettings(page);
    await security(page).getByText("No passphrase is set").waitFor();
    await checkLooks(page, "settings-without", looksAndDarkPhone);
    await security(page).getByRole("button", { name: "Set a passphrase" }).click();
    const submit = dialog(page).getByRole("button", { name: "Set passphrase" });
    const next = dialog(page).getByRole("textbox", { name: "New passphrase", exact: true });
    const again = dialog(page).getByRole("textbox", { name: "New passphrase, again" });
    await next.fill("short");
    await dialog(page).getByText("Too short").waitFor();
    await next.fill("password");
    await dialog(page).getByText("Weak").waitFor();
    await next.fill(first);
    await dialog(page).getByText("Strong").waitFor();
    await again.fill("something else");
    await dialog(page).getByText("The two are not the same").waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await checkLooks(page, "set", looksAndDarkPhone);
    await again.fill(first);
    expect(await submit.isDisabled()).toBe(true);
    await dialog(page)
      .getByRole("checkbox", { name: /nobody can read again/ })
      .check();
    await submit.click();
    await security(page).getByText("opens by your passphrase alone").waitFor();
    expect(await node.client.passphrase()).toEqual({ set: true, keychain: false, autoLockMinutes: null });
    await security(page).getByRole("combobox", { name: "Lock by itself" }).selectOption("15");
    await expect
      .poll(() => node.client.passphrase(), { timeout: 10_000 })
      .toEqual({ set: true, keychain: false, autoLockMinutes: 15 });
    await checkLooks(page, "settings-with", looksAndDarkPhone);
  }, 240_000);

  needs("keychain")(
    "[ST36] the keychain of the computer opens it too, where its person says so with the passphrase",
    async () => {
      const { page } = a;
      await security(page).getByRole("button", { name: "Open by itself" }).click();
      const submit = dialog(page).getByRole("button", { name: "Open by itself" });
      await passphraseField(dialog(page)).fill(first);
      await checkLooks(page, "remember", looksAndDarkPhone);
      await submit.click();
      await security(page).getByText("by itself while you are logged in").waitFor();
      expect(await node.client.passphrase()).toMatchObject({ keychain: true });
      await security(page).getByRole("button", { name: "Ask at each start" }).click();
      await security(page).getByText("opens by your passphrase alone").waitFor();
      // Nobody is logged in any more.
      await session?.close();
      await security(page).getByRole("button", { name: "Open by itself" }).click();
      await passphraseField(dialog(page)).fill(first);
      await submit.click();
      await dialog(page).getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
      await page.keyboard.press("Escape");
    },
    120_000,
  );

  test("locked from the settings, nothing of it is left on the page; the passphrase alone opens it, by keyboard", async () => {
    const { page } = a;
    const other = await a.context.newPage();
    await other.goto(node.ready.url);
    await message(other, "the rope is wet").waitFor();
    await security(page).getByRole("button", { name: "Lock now" }).click();
    for (const each of [page, other]) {
      await lockedTitle(each).waitFor({ timeout: TURN_MS });
      await passphraseField(each).waitFor();
      await expect.poll(() => each.content(), { timeout: 10_000 }).not.toContain("the rope is wet");
      expect(await each.content()).not.toContain("Climbing");
    }
    await other.close();
    await page.bringToFront();
    await checkLooks(page, "locked", looksAndDarkPhone);
    // The field has the focus: who comes back types.
    await expect
      .poll(() => passphraseField(page).evaluate((field) => field === document.activeElement), {
        timeout: 10_000,
      })
      .toBe(true);
    await page.keyboard.type("not that one");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "does not open the data directory" }).waitFor();
    await checkLooks(page, "locked-wrong", looksAndDarkPhone);
    await passphraseField(page).fill(first);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Settings", exact: true }).waitFor({ timeout: TURN_MS });
    await page.goto(node.ready.url);
    await message(page, "the rope is wet").waitFor();
    await write(page, "and dry again");
    await message(page, "and dry again").getByText("Saved here").waitFor();
  }, 240_000);

  test("a browser that the node does not know is signed in by the passphrase", async () => {
    expect((await runKith(["lock", "--data", node.dataDir])).code).toBe(0);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(node.ready.url);
    await lockedTitle(page).waitFor({ timeout: TURN_MS });
    await passphraseField(page).fill(first);
    await page.getByRole("button", { name: "Unlock" }).click();
    await message(page, "the rope is wet").waitFor({ timeout: TURN_MS });
    await context.close();
    // The first page goes on by itself.
    await composer(a.page).waitFor({ timeout: TURN_MS });
  }, 240_000);

  test("it is changed and removed with the one before", async () => {
    const { page } = a;
    await openSettings(page);
    await security(page).getByRole("button", { name: "Change passphrase" }).click();
    await dialog(page).getByRole("textbox", { name: "Passphrase until now" }).fill("not that one");
    await dialog(page).getByRole("textbox", { name: "New passphrase", exact: true }).fill(second);
    await dialog(page).getByRole("textbox", { name: "New passphrase, again" }).fill(second);
    await dialog(page).getByRole("button", { name: "Change passphrase" }).click();
    await dialog(page).getByRole("alert").waitFor();
    await checkLooks(page, "change-wrong", looksAndDarkPhone);
    await dialog(page).getByRole("textbox", { name: "Passphrase until now" }).fill(first);
    await dialog(page).getByRole("button", { name: "Change passphrase" }).click();
    await dialog(page).waitFor({ state: "detached" });
    await security(page).getByRole("button", { name: "Remove passphrase" }).click();
    await checkLooks(page, "remove", looksAndDarkPhone);
    await dialog(page).getByRole("textbox", { name: "Passphrase", exact: true }).fill(second);
    await dialog(page).getByRole("button", { name: "Remove passphrase" }).click();
    await security(page).getByText("No passphrase is set").waitFor();
    expect(await node.client.passphrase()).toEqual({ set: false, keychain: false, autoLockMinutes: null });
    expect(a.faults).toEqual([]);
  }, 240_000);

  test("[HT83] somebody who moves tells the node so, and a page that is only open does not", async () => {
    const { page } = a;
    const told: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/api/awake")) told.push(request.method());
    });
    await page.reload();
    await security(page).getByRole("button").first().waitFor();
    expect(told).toEqual([]);
    await page.mouse.move(300, 300);
    await page.mouse.move(320, 320);
    await page.keyboard.press("Tab");
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["POST"]);
  }, 120_000);
});
