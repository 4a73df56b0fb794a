/// <reference lib="dom" />
/** The description of the API, reached from the app by whoever is signed in there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { findViolations, foundSpace, launchBrowser, visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("the description of the API", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[HT70] Settings lead to it, signed in as the app is", async () => {
    const ann = await startNode({ name: "Ann" });
    const { page } = await visit(browser, ann);
    await foundSpace(page, "Ann", "Climbing");
    await page.getByRole("link", { name: "Settings" }).click();
    const link = page.getByRole("link", { name: "its calls, with examples to copy" });
    await link.waitFor();
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1_280, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        expect(await findViolations(page)).toEqual([]);
      }
    const [docs] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
    await docs.waitForLoadState();
    expect(new URL(docs.url()).pathname).toBe("/docs");
    expect(await docs.locator("body").innerText()).toContain("/api/messages");
    // Nobody who is not signed in reads it.
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    expect((await other.goto(docs.url()))?.status()).toBe(401);
    await stranger.close();
  }, 60_000);
});
