/// <reference lib="dom" />
/** Direct conversations, groups, requests, muting and blocking as two people see them, each in a browser of their own node. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, message, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("direct conversations", () => {
  let browser: Browser;
  let ann: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, a, b } = await visitTwo(browser));
    await write(a.page, "hello");
    await message(b.page, "hello").waitFor();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const go = (page: Page, place: string) => page.getByRole("link", { name: place, exact: true }).click();
  const requestsLink = (page: Page) => page.getByRole("link", { name: /^Message requests/ });

  test("a person of a common space is written to; the request is shown, accepted, and both talk", async () => {
    await go(a.page, "People");
    await checkLooks(a.page, "people");
    await a.page.getByRole("button", { name: "Message Ben" }).click();
    await a.page.getByText("This is the beginning with Ben").waitFor();
    await write(a.page, "A word alone?");
    await message(a.page, "A word alone?").waitFor();
    await checkLooks(a.page, "asked");
    await requestsLink(b.page).click();
    const request = b.page.getByRole("listitem", { name: "Request of Ann" });
    await request.getByText("A word alone?").waitFor();
    await checkLooks(b.page, "requests");
    expect(await b.page.getByText("Direct messages").count()).toBe(0);
    await request.getByRole("button", { name: "Accept" }).click();
    await b.page.getByRole("heading", { name: "Ann", level: 1 }).waitFor();
    await message(b.page, "A word alone?").waitFor();
    await write(b.page, "Gladly.");
    await message(a.page, "Gladly.").waitFor();
    await a.page.getByText("is asked as soon as").waitFor({ state: "detached" });
    await checkLooks(b.page, "direct");
  }, 240_000);

  test("a group is made of people one knows, and declined without a word", async () => {
    await go(a.page, "Conversations");
    await a.page.getByRole("button", { name: "New space" }).click();
    const dialog = a.page.getByRole("dialog");
    await dialog.getByRole("radio", { name: /^A group/ }).check();
    await dialog.getByRole("checkbox", { name: /^Ben/ }).check();
    await dialog.getByRole("textbox", { name: "Name of the group" }).fill("Trip");
    await checkLooks(a.page, "new-group");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "detached" });
    await requestsLink(b.page).click();
    const request = b.page.getByRole("listitem", { name: "Request of Ann" });
    await request.getByText("Trip").waitFor();
    await request.getByRole("button", { name: "Block…" }).click();
    await request.getByText("You hear of them no more").waitFor();
    await checkLooks(b.page, "block-from-request");
    await request.getByRole("button", { name: "Cancel" }).click();
    await request.getByRole("button", { name: "Decline" }).click();
    await b.page.getByText("No requests").waitFor();
    await checkLooks(b.page, "no-requests");
  }, 240_000);

  test("a conversation is muted: no emphasis, by keyboard", async () => {
    await go(b.page, "Conversations");
    const mute = b.page.getByRole("button", { name: "Mute this conversation", exact: true });
    await b.page.getByRole("link", { name: /^general/ }).click();
    await mute.focus();
    await b.page.keyboard.press("Enter");
    await b.page.getByRole("button", { name: "Unmute this conversation", pressed: true }).waitFor();
    await b.page
      .getByRole("link", { name: /^general/ })
      .getByLabel("Muted")
      .waitFor();
    await checkLooks(b.page, "muted");
    await b.page.keyboard.press("Enter");
    await mute.waitFor();
  }, 180_000);

  test("[HT61] a whole space is muted: what is new in it is counted quietly, in a channel made later as well, until it is unmuted", async () => {
    const { page } = b;
    const bell = (name: string) => page.getByRole("button", { name, exact: true });
    const item = (name: RegExp) => page.getByRole("link", { name });
    const weight = (name: RegExp) =>
      item(name)
        .locator("bdi")
        .first()
        .evaluate((element) => getComputedStyle(element).fontWeight);
    const say = (channel: string, text: string) => ann.client.post({ space: "Climbing", channel, text });
    await bell("Mute Climbing").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Unmute Climbing", pressed: true }).waitFor();
    // The focus has stayed.
    await page.keyboard.press("Enter");
    await bell("Mute Climbing").waitFor();
    await page.keyboard.press("Enter");
    await bell("Unmute Climbing").waitFor();
    await item(/^general/).click();
    expect(await bell("Muted with all of Climbing").isDisabled()).toBe(true);
    await ann.client.createChannel("Climbing", { name: "later" });
    await item(/^later/)
      .getByLabel("Muted")
      .waitFor();
    await say("later", "@Ben, something new");
    await item(/^later.*1 unread, 1 of them for you/).waitFor();
    expect(await weight(/^later/)).toBe("500");
    await checkLooks(page, "muted-space");
    await page.reload();
    await item(/^later/)
      .getByLabel("Muted")
      .waitFor();
    await bell("Unmute Climbing").click();
    await bell("Mute Climbing").waitFor();
    await item(/^later/)
      .getByLabel("Muted")
      .waitFor({ state: "detached" });
    await expect.poll(() => weight(/^later/)).toBe("600");
    await bell("Mute this conversation").waitFor();
  }, 180_000);

  test("a blocked person is folded in common spaces and cannot be written to, until unblocked", async () => {
    await b.page
      .getByRole("link", { name: /^A\s*Ann|Ann/ })
      .first()
      .click();
    await b.page.getByRole("button", { name: "Block Ann" }).click();
    await checkLooks(b.page, "block");
    await b.page.getByRole("dialog").getByRole("button", { name: "Block Ann" }).click();
    await b.page.getByText("You have blocked Ann").waitFor();
    await checkLooks(b.page, "blocked-direct");
    await b.page.getByRole("link", { name: /^general/ }).click();
    const folded = message(b.page, "Message of a blocked person");
    await folded.waitFor();
    expect(await message(b.page, "hello").count()).toBe(0);
    await checkLooks(b.page, "folded");
    await folded.getByRole("button", { name: "Show" }).click();
    await message(b.page, "hello").waitFor();
    await b.page.goto(new URL("/requests", b.page.url()).href);
    await b.page.getByRole("button", { name: "Unblock Ann" }).waitFor();
    await checkLooks(b.page, "blocked-people");
    await b.page.getByRole("button", { name: "Unblock Ann" }).click();
    await b.page.getByRole("heading", { name: "Blocked people" }).waitFor({ state: "detached" });
    await go(b.page, "Conversations");
    await b.page.getByRole("link", { name: /^general/ }).click();
    await message(b.page, "hello").waitFor();
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 240_000);
});
