/// <reference lib="dom" />
/** Ranks, removal and leaving as two people see them, each in a browser of their own node. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { composer, inviteBy, launchBrowser, message, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

const hints = [
  ["owner", "May do everything, and make other owners. An owner is not removed by others."],
  ["admin", "Invites, removes members and readers, renames the space."],
  ["reader", "Reads, and does not write."],
  ["member", "Reads, writes, and opens channels."],
] as const;

/** What is said of a field beside its name. */
const described = (field: Locator): Promise<string> =>
  field.evaluate(
    (element) => document.getElementById(element.getAttribute("aria-describedby") ?? "")?.textContent ?? "",
  );

needs("browser").describe("members", () => {
  let browser: Browser;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ben, a, b } = await visitTwo(browser));
    await write(a.page, "hello");
    await message(b.page, "hello").waitFor();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const people = (page: Page) => page.getByRole("link", { name: "People", exact: true }).click();
  const member = (page: Page, name: string) =>
    page
      .getByRole("region", { name: /^Members of/ })
      .getByRole("listitem")
      .filter({ hasText: name });
  const channel = (page: Page) => page.getByRole("link", { name: /^Private channel: surprise/ });
  const manage = (page: Page, name: string) =>
    page.getByRole("button", { name: `Role and membership of ${name}` }).click();

  test("an owner changes a role, and the other's page follows", async () => {
    await people(a.page);
    await manage(a.page, "Ben");
    await a.page.getByRole("combobox", { name: "Role" }).selectOption("reader");
    await checkLooks(a.page, "role");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await b.page.getByText("your role is reader").waitFor();
    await manage(a.page, "Ben");
    await a.page.getByRole("combobox", { name: "Role" }).selectOption("member");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await composer(b.page).waitFor();
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
    await checkLooks(a.page, "new private channel");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "detached" });
    await channel(a.page).click();
    expect(await channel(b.page).count()).toBe(0);
    await a.page.getByRole("button", { name: "1 person in surprise: add or remove" }).click();
    await checkLooks(a.page, "people of a channel");
    await a.page.getByRole("combobox", { name: "Add somebody" }).selectOption("Ben");
    await a.page.getByRole("button", { name: "Add", exact: true }).click();
    await channel(b.page).click();
    await write(b.page, "what is it?");
    // Behind the dialog. What had not come by the removal would be shown to nobody.
    await a.page.locator("article").filter({ hasText: "what is it?" }).waitFor();
    await a.page.getByRole("button", { name: "Remove Ben…" }).click();
    await a.page.getByRole("button", { name: "Remove Ben", exact: true }).click();
    await channel(b.page).waitFor({ state: "detached" });
    await a.page.getByText("Remove Ben", { exact: true }).waitFor({ state: "detached" });
    await checkLooks(a.page, "removed from a channel");
    await a.page.getByRole("combobox", { name: "Add somebody" }).selectOption("Ben");
    await a.page.getByRole("button", { name: "Add", exact: true }).click();
    await channel(b.page).click();
    await message(b.page, "what is it?").waitFor();
    await checkLooks(b.page, "in a channel again");
    await a.page.getByRole("button", { name: "Close" }).click();
    await message(a.page, "what is it?").waitFor();
    await checkLooks(a.page, "private channel");
  }, 180_000);

  test("[SP54] who leaves a private channel is told what that means; the other sees them gone, and writes on without them", async () => {
    const inside = (page: Page) => page.getByRole("dialog", { name: "People in surprise" });
    const others = inside(a.page).getByRole("listitem").filter({ hasText: "Ben" });
    await a.page.getByRole("button", { name: "2 people in surprise: add or remove" }).click();
    await others.waitFor();
    await b.page.getByRole("button", { name: "2 people in surprise: add or remove" }).click();
    const leaving = inside(b.page).getByRole("region", { name: "Leave surprise" });
    const leave = inside(b.page).getByRole("button", { name: "Leave surprise…" });
    await leave.click();
    expect(await leaving.getByRole("paragraph").allTextContents()).toEqual([
      "You no longer read or write in surprise, on no device of yours: it goes from your list. The others see that you are gone; only they can add you again.",
      "What you wrote stays with those who have it, and what you have read stays on this device, encrypted, until you reset it.",
    ]);
    await checkLooks(b.page, "leave a channel");
    await leaving.getByRole("button", { name: "Stay" }).click();
    await leaving.waitFor({ state: "detached" });
    await leave.click();
    await leaving.getByRole("button", { name: "Leave surprise" }).click();
    await channel(b.page).waitFor({ state: "detached" });
    await composer(b.page).waitFor();
    await checkLooks(b.page, "left a channel");
    await others.waitFor({ state: "detached" });
    await checkLooks(a.page, "one has left a channel");
    await a.page.getByRole("button", { name: "Close" }).click();
    await a.page.getByRole("button", { name: "1 person in surprise: add or remove" }).waitFor();
    await write(a.page, "only for who is left");
    await message(a.page, "only for who is left").waitFor();
    await checkLooks(a.page, "alone in a channel");
    await a.page.getByRole("link", { name: /^general/ }).click();
    await write(a.page, "back to all");
    await message(b.page, "back to all").waitFor();
    expect((await ben.client.search({ q: "only for who is left" })).items).toEqual([]);
    expect(await channel(b.page).count()).toBe(0);
    await people(a.page);
  }, 180_000);

  test("the last owner is told why leaving does not work, and what would", async () => {
    await a.page.getByRole("button", { name: "Leave…" }).click();
    await checkLooks(a.page, "leave");
    await a.page.getByRole("button", { name: "Leave", exact: true }).click();
    await a.page.getByText("You are the only owner of this space").waitFor();
    await a.page.getByText("Make somebody else an owner first").waitFor();
    await checkLooks(a.page, "leaving refused");
    await a.page.getByRole("button", { name: "Stay" }).click();
  }, 180_000);

  test("each role says what it may before it is given; who is made an admin may manage", async () => {
    await manage(a.page, "Ben");
    const role = a.page.getByRole("combobox", { name: "Role" });
    for (const [value, hint] of hints) {
      await role.selectOption(value);
      expect(await described(role)).toBe(hint);
    }
    await role.selectOption("admin");
    await checkLooks(a.page, "role admin");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await member(a.page, "Ben").getByText("Admin", { exact: true }).waitFor();
    // On the other's own page: who is no owner is managed by an admin, an owner is not.
    await people(b.page);
    await member(b.page, "Ben").getByText("Admin", { exact: true }).waitFor();
    await b.page.getByRole("button", { name: "Invite", exact: true }).waitFor();
    expect(await b.page.getByRole("button", { name: "Role and membership of Ann" }).count()).toBe(0);
    await b.page.goBack();
    await manage(a.page, "Ben");
    await role.selectOption("member");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await member(a.page, "Ben").getByText("Member", { exact: true }).waitFor();
  }, 180_000);

  test("a removal says what it means; the removed is told, keeps what was read, and writes no more", async () => {
    await manage(a.page, "Ben");
    await a.page.getByRole("button", { name: "Remove…" }).click();
    const membership = a.page.getByRole("region", { name: "End the membership" });
    expect(await membership.getByRole("paragraph").allTextContents()).toEqual([
      "Ben is out of Climbing at once. The space gets new keys: what is written from then on, their devices cannot read.",
      "What they have read they have. What somebody writes who is out of reach and has not heard of it yet, they can still read. A new invitation brings them back.",
    ]);
    await checkLooks(a.page, "remove");
    await membership.getByRole("button", { name: "Keep" }).click();
    await a.page.getByRole("button", { name: "Save the role" }).waitFor();
    await a.page.getByRole("button", { name: "Remove…" }).click();
    await a.page.getByRole("button", { name: "Remove Ben" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await b.page.getByText("You are not a member of this space any more").waitFor();
    expect(await message(b.page, "hello").count()).toBe(1);
    expect(await composer(b.page).count()).toBe(0);
    await checkLooks(b.page, "removed");
    await a.page.getByRole("link", { name: "Go to general" }).click();
    await write(a.page, "without Ben");
    await message(a.page, "without Ben").getByText("nobody else is in this space yet").waitFor();
    expect(await message(b.page, "without Ben").count()).toBe(0);
  }, 180_000);

  test("who was removed comes back by a new invitation", async () => {
    const link = await inviteBy(a.page, "Climbing");
    await b.page.getByRole("link", { name: "Join by an invitation" }).click();
    await b.page.getByRole("textbox", { name: "Invitation link" }).fill(link);
    await checkLooks(b.page, "coming back");
    await b.page.getByRole("button", { name: "Join", exact: true }).click();
    await message(b.page, "without Ben").waitFor();
    await checkLooks(b.page, "back");
    await write(b.page, "back again");
    await message(a.page, "back again").waitFor();
    await people(a.page);
    await a.page.getByRole("button", { name: "Ben", exact: true }).waitFor();
    await checkLooks(a.page, "a member again");
  }, 180_000);

  test("who leaves has the space in no list, and the other's page follows", async () => {
    await people(b.page);
    await b.page.getByRole("button", { name: "Leave…" }).click();
    await b.page.getByText("You no longer read or write here").waitFor();
    await checkLooks(b.page, "a member leaves");
    await b.page.getByRole("button", { name: "Leave", exact: true }).click();
    await b.page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => b.page.getByText("general", { exact: true }).count()).toBe(0);
    await checkLooks(b.page, "left");
    await expect.poll(() => a.page.getByRole("listitem").filter({ hasText: "Ben" }).count()).toBe(0);
    await checkLooks(a.page, "one has left");
  }, 180_000);

  test("who left comes back by a new invitation", async () => {
    await a.page.getByRole("link", { name: "Conversations", exact: true }).click();
    const link = await inviteBy(a.page, "Climbing");
    await people(a.page);
    await b.page.goto(new URL(`/join#${link.split("#")[1]}`, b.page.url()).href);
    await b.page.getByRole("button", { name: "Join", exact: true }).waitFor();
    await checkLooks(b.page, "coming back after leaving");
    await b.page.getByRole("button", { name: "Join", exact: true }).click();
    await message(b.page, "back again").waitFor();
    await a.page.getByRole("button", { name: "Ben", exact: true }).waitFor();
  }, 180_000);

  test("somebody else is made an owner; then the first one leaves, and the space goes on", async () => {
    await manage(a.page, "Ben");
    await a.page.getByRole("combobox", { name: "Role" }).selectOption("owner");
    await a.page.getByRole("button", { name: "Save the role" }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await member(a.page, "Ben").getByText("Owner", { exact: true }).waitFor();
    // An owner is managed by nobody else.
    await a.page.getByRole("button", { name: "Role and membership of Ben" }).waitFor({ state: "detached" });
    await checkLooks(a.page, "two owners");
    await people(b.page);
    await member(b.page, "Ben").getByText("Owner", { exact: true }).waitFor();
    await a.page.getByRole("button", { name: "Leave…" }).click();
    await a.page.getByRole("button", { name: "Leave", exact: true }).click();
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => a.page.getByText("general", { exact: true }).count()).toBe(0);
    await member(b.page, "Ann").waitFor({ state: "detached" });
    await b.page.getByRole("link", { name: "Go to general" }).click();
    await write(b.page, "alone now");
    await message(b.page, "alone now").getByText("nobody else is in this space yet").waitFor();
    await inviteBy(b.page, "Climbing");
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 180_000);
});
