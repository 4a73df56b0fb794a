/// <reference lib="dom" />
/** Writing to somebody nearby with whom one shares nothing but the network, in a browser of each one's own node. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("somebody nearby", () => {
  let browser: Browser;
  let a: Visit;
  let c: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    const [ann, cleo] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Cleo" })]);
    [a, c] = [await visit(browser, ann), await visit(browser, cleo)];
    await foundSpace(a.page, "Ann", "Climbing");
    await foundSpace(c.page, "Cleo", "Baking");
    for (const { page } of [a, c]) {
      await page.getByRole("link", { name: "People", exact: true }).click();
      await nearby(page).getByRole("radio", { name: "Visible nearby" }).check();
    }
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const nearby = (page: Page) => page.getByRole("region", { name: "Nearby" });

  test("their name says that nothing is shared, and offers no comparing of what is not there", async () => {
    await nearby(a.page).getByRole("button", { name: "Cleo", exact: true }).click();
    const dialog = a.page.getByRole("dialog", { name: "Cleo", exact: true });
    await dialog.getByText("You share no space: a name alone proves nothing.").waitFor();
    await dialog.getByRole("button", { name: "Block…" }).waitFor();
    await dialog.getByRole("button", { name: "Message" }).waitFor();
    expect(await dialog.getByRole("button", { name: "Verify…" }).count()).toBe(0);
    expect(await dialog.getByText("Spaces in common").count()).toBe(0);
    await checkLooks(a.page, "person-nearby");
    await a.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }, 120_000);

  test("Message opens the conversation; they are asked with how it begins, accept, and both talk", async () => {
    await nearby(a.page).getByRole("button", { name: "Message Cleo" }).click();
    await a.page.getByText("This is the beginning with Cleo").waitFor();
    await write(a.page, "Are you in the room too?");
    await message(a.page, "Are you in the room too?").waitFor();
    await c.page.getByRole("link", { name: "Conversations", exact: true }).click();
    await c.page.getByRole("link", { name: /^Message requests/ }).click();
    const request = c.page.getByRole("listitem", { name: "Request of Ann" });
    await request.getByText("Are you in the room too?").waitFor();
    await request.getByText("You share no space: a name alone proves nothing.").waitFor();
    await checkLooks(c.page, "request-nearby");
    await request.getByRole("button", { name: "Accept" }).click();
    await c.page.getByRole("heading", { name: "Ann", level: 1 }).waitFor();
    await write(c.page, "By the window.");
    await message(a.page, "By the window.").waitFor();
    // What they were in before stays apart.
    expect(await c.page.getByText("Climbing").count()).toBe(0);
    for (const { faults } of [a, c]) expect(faults).toEqual([]);
  }, 120_000);
});
