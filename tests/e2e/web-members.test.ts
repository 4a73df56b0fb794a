/// <reference lib="dom" />
/** Ranks, removal and leaving as two people see them, each in a browser of their own node. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  composer,
  findViolations,
  foundSpace,
  inviteBy,
  joinBy,
  launchBrowser,
  message,
  visit,
  write,
} from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const looks = [
  ["light", { width: 1_280, height: 800 }],
  ["dark", { width: 1_280, height: 800 }],
  ["light", { width: 390, height: 780 }],
] as const;

needs("browser").describe("members", () => {
  let browser: Browser;
  let a: Visit;
  let b: Visit;
  const violations: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    const [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    [a, b] = [await visit(browser, ann), await visit(browser, ben)];
    await foundSpace(a.page, "Ann", "Climbing");
    await joinBy(b.page, "Ben", await inviteBy(a.page, "Climbing"));
    await write(a.page, "hello");
    await message(b.page, "hello").waitFor();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  async function check(page: Page, screen: string): Promise<void> {
    for (const [colorScheme, viewport] of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      for (const one of await findViolations(page))
        violations.push(`${screen}, ${colorScheme} ${viewport.width}: ${one}`);
    }
    await page.setViewportSize(looks[0][1]);
  }

  const people = (page: Page) => page.getByRole("link", { name: "People", exact: true }).click();
  const manage = (page: Page, name: string) =>
    page.getByRole("button", { name: `Role and membership of ${name}` }).click();

  test("an owner changes a role, and the other's page follows", async () => {
    await people(a.page);
    await manage(a.page, "Ben");
    await a.page.getByRole("combobox", { name: "Role" }).selectOption("reader");
    await check(a.page, "role");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await b.page.getByText("your role is reader").waitFor();
    await manage(a.page, "Ben");
    await a.page.getByRole("combobox", { name: "Role" }).selectOption("member");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await composer(b.page).waitFor();
    expect(violations).toEqual([]);
  }, 180_000);

  test("nobody is offered what the node refuses", async () => {
    await people(b.page);
    await b.page.getByRole("heading", { name: "Members of Climbing" }).waitFor();
    expect(await b.page.getByRole("button", { name: /^Role and membership/ }).count()).toBe(0);
    await b.page.goBack();
    await composer(b.page).waitFor();
  }, 30_000);

  test("a private channel is made for a few, with a lock that has a name; people come and go in its details", async () => {
    await a.page.getByRole("link", { name: "Conversations" }).click();
    await a.page.getByRole("button", { name: "New channel in Climbing" }).click();
    const dialog = a.page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name of the channel" }).fill("surprise");
    await dialog.getByRole("radio", { name: /^Only people you choose/ }).check();
    await dialog.getByRole("checkbox", { name: "Ben" }).waitFor();
    await check(a.page, "new private channel");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "detached" });
    const channel = (page: Page) => page.getByRole("link", { name: /^Private channel: surprise/ });
    await channel(a.page).click();
    expect(await channel(b.page).count()).toBe(0);
    await a.page.getByRole("button", { name: "1 person in surprise: add or remove" }).click();
    await check(a.page, "people of a channel");
    await a.page.getByRole("combobox", { name: "Add somebody" }).selectOption("Ben");
    await a.page.getByRole("button", { name: "Add", exact: true }).click();
    await channel(b.page).click();
    await write(b.page, "what is it?");
    await a.page.getByRole("button", { name: "Remove Ben…" }).click();
    await a.page.getByRole("button", { name: "Remove Ben", exact: true }).click();
    await channel(b.page).waitFor({ state: "detached" });
    await a.page.getByText("Remove Ben", { exact: true }).waitFor({ state: "detached" });
    await check(a.page, "removed from a channel");
    await a.page.getByRole("combobox", { name: "Add somebody" }).selectOption("Ben");
    await a.page.getByRole("button", { name: "Add", exact: true }).click();
    await channel(b.page).click();
    await message(b.page, "what is it?").waitFor();
    await check(b.page, "in a channel again");
    await a.page.getByRole("button", { name: "Close" }).click();
    await message(a.page, "what is it?").waitFor();
    await check(a.page, "private channel");
    expect(violations).toEqual([]);
    await a.page.getByRole("link", { name: /^general/ }).click();
    await write(a.page, "back to all");
    await b.page.getByRole("link", { name: /^general/ }).click();
    await people(a.page);
  }, 180_000);

  test("the last owner is told why leaving does not work, and what would", async () => {
    await a.page.getByRole("button", { name: "Leave…" }).click();
    await check(a.page, "leave");
    await a.page.getByRole("button", { name: "Leave", exact: true }).click();
    await a.page.getByText("You are the only owner of this space").waitFor();
    await a.page.getByText("Make somebody else an owner first").waitFor();
    await check(a.page, "leaving refused");
    await a.page.getByRole("button", { name: "Stay" }).click();
    expect(violations).toEqual([]);
  }, 180_000);

  test("a removal says what it means; the removed is told, keeps what was read, and writes no more", async () => {
    await manage(a.page, "Ben");
    await a.page.getByRole("button", { name: "Remove…" }).click();
    await check(a.page, "remove");
    await a.page.getByRole("button", { name: "Remove Ben" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await b.page.getByText("You are not a member of this space any more").waitFor();
    expect(await message(b.page, "hello").count()).toBe(1);
    expect(await composer(b.page).count()).toBe(0);
    await check(b.page, "removed");
    await a.page.getByRole("link", { name: "Go to general" }).click();
    await write(a.page, "without Ben");
    await message(a.page, "without Ben").getByText("nobody else is in this space yet").waitFor();
    expect(await message(b.page, "without Ben").count()).toBe(0);
    expect(violations).toEqual([]);
  }, 180_000);

  test("who was removed comes back by a new invitation", async () => {
    const link = await inviteBy(a.page, "Climbing");
    await b.page.getByRole("link", { name: "Join by an invitation" }).click();
    await b.page.getByRole("textbox", { name: "Invitation link" }).fill(link);
    await check(b.page, "coming back");
    await b.page.getByRole("button", { name: "Join", exact: true }).click();
    await message(b.page, "without Ben").waitFor();
    await check(b.page, "back");
    await write(b.page, "back again");
    await message(a.page, "back again").waitFor();
    await people(a.page);
    await a.page.getByRole("button", { name: "Ben", exact: true }).waitFor();
    await check(a.page, "a member again");
    expect(violations).toEqual([]);
  }, 180_000);

  test("who leaves has the space in no list, and the other's page follows", async () => {
    await people(b.page);
    await b.page.getByRole("button", { name: "Leave…" }).click();
    await b.page.getByText("You no longer read or write here").waitFor();
    await check(b.page, "a member leaves");
    await b.page.getByRole("button", { name: "Leave", exact: true }).click();
    await b.page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => b.page.getByText("general", { exact: true }).count()).toBe(0);
    await check(b.page, "left");
    await expect.poll(() => a.page.getByRole("listitem").filter({ hasText: "Ben" }).count()).toBe(0);
    await check(a.page, "one has left");
    expect(violations).toEqual([]);
  }, 180_000);

  test("who left comes back by a new invitation", async () => {
    await a.page.getByRole("link", { name: "Conversations", exact: true }).click();
    const link = await inviteBy(a.page, "Climbing");
    await people(a.page);
    await b.page.goto(new URL(`/join#${link.split("#")[1]}`, b.page.url()).href);
    await b.page.getByRole("button", { name: "Join", exact: true }).waitFor();
    await check(b.page, "coming back after leaving");
    await b.page.getByRole("button", { name: "Join", exact: true }).click();
    await message(b.page, "back again").waitFor();
    await check(b.page, "back after leaving");
    await a.page.getByRole("button", { name: "Ben", exact: true }).waitFor();
    await check(a.page, "who left is back");
    expect(violations).toEqual([]);
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 180_000);
});
