/// <reference lib="dom" />
/** Writing to somebody nearby with whom one shares nothing but the network, in a browser of each one's own node. */
import type { Browser, Locator, Page } from "playwright-core";
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
  let d: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    const [ann, cleo, dora] = await Promise.all([
      startNode({ name: "Ann" }),
      startNode({ name: "Cleo" }),
      startNode({ name: "Dora" }),
    ]);
    [a, c, d] = [await visit(browser, ann), await visit(browser, cleo), await visit(browser, dora)];
    await foundSpace(a.page, "Ann", "Climbing");
    await foundSpace(c.page, "Cleo", "Baking");
    await foundSpace(d.page, "Dora", "Chess");
    for (const { page } of [a, c, d]) {
      await page.getByRole("link", { name: "People", exact: true }).click();
      await nearby(page).getByRole("radio", { name: "Visible nearby" }).check();
    }
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const nearby = (page: Page) => page.getByRole("region", { name: "Nearby" });
  async function create(page: Page, kind: string): Promise<Locator> {
    await page.getByRole("link", { name: "Conversations", exact: true }).click();
    await page.getByRole("button", { name: "New space" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: new RegExp(`^${kind}`) }).check();
    return dialog;
  }
  /** A person whom the dialog lets one choose. */
  const offered = (dialog: Locator, name: string) =>
    dialog.locator("label").filter({ has: dialog.page().getByText(name, { exact: true }) });
  async function openRequest(page: Page, name: string): Promise<Locator> {
    await page.getByRole("link", { name: "Conversations", exact: true }).click();
    await page.getByRole("link", { name: /^Message requests/ }).click();
    return page.getByRole("listitem", { name: `Request of ${name}` });
  }
  const inWalk = (page: Page) => page.getByRole("link", { name: /members? of Walk/ });

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
    const request = await openRequest(c.page, "Ann");
    await request.getByText("Are you in the room too?").waitFor();
    await request.getByText("You share no space: a name alone proves nothing.").waitFor();
    await checkLooks(c.page, "request-nearby");
    await request.getByRole("button", { name: "Accept" }).click();
    await c.page.getByRole("heading", { name: "Ann", level: 1 }).waitFor();
    await write(c.page, "By the window.");
    await message(a.page, "By the window.").waitFor();
    // What they were in before stays apart.
    expect(await c.page.getByText("Climbing").count()).toBe(0);
  }, 120_000);

  test("the dialog offers who is nearby for a conversation of two: they are asked with the first message, accept, and both talk", async () => {
    const dialog = await create(c.page, "One person");
    await offered(dialog, "Dora").getByText("nearby, no common space").waitFor();
    await offered(dialog, "Dora").click();
    await dialog.getByRole("textbox", { name: /^First message/ }).fill("Is the table free?");
    await checkLooks(c.page, "begin-nearby");
    await dialog.getByRole("button", { name: "Begin" }).click();
    await c.page.getByRole("heading", { name: "Dora", level: 1 }).waitFor();
    await message(c.page, "Is the table free?").waitFor();
    const request = await openRequest(d.page, "Cleo");
    await request.getByText("Is the table free?").waitFor();
    await request.getByText("You share no space: a name alone proves nothing.").waitFor();
    await request.getByRole("button", { name: "Accept" }).click();
    await d.page.getByRole("heading", { name: "Cleo", level: 1 }).waitFor();
    await write(d.page, "Sit down.");
    await message(c.page, "Sit down.").waitFor();
    await checkLooks(d.page, "talking-nearby");
  }, 180_000);

  test("a group of three is begun with two who are nearby: each is asked, accepts, and all three talk", async () => {
    const dialog = await create(d.page, "A group");
    for (const name of ["Ann", "Cleo"]) {
      await offered(dialog, name).getByText("nearby, no common space").waitFor();
      await offered(dialog, name).click();
    }
    await dialog.getByRole("textbox", { name: "Name of the group" }).fill("Walk");
    await checkLooks(d.page, "begin-group-nearby");
    await dialog.getByRole("button", { name: "Create" }).click();
    await inWalk(d.page).waitFor();
    for (const { page } of [a, c]) {
      const request = await openRequest(page, "Dora");
      await request.getByText("asks you into Walk").waitFor();
      await request.getByText("You share no space: a name alone proves nothing.").waitFor();
      if (page === a.page) await checkLooks(page, "request-group-nearby");
      await request.getByRole("button", { name: "Accept" }).click();
      await inWalk(page).waitFor();
    }
    const said = ["At noon?", "I bring bread.", "By the lake."];
    for (const [at, { page }] of [d, c, a].entries()) await write(page, said[at] ?? "");
    for (const { page } of [a, c, d]) for (const text of said) await message(page, text).waitFor();
    await d.page.getByRole("link", { name: "3 members of Walk" }).waitFor();
    await checkLooks(a.page, "group-nearby");
    for (const { faults } of [a, c, d]) expect(faults).toEqual([]);
  }, 240_000);
});
