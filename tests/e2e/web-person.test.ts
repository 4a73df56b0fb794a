/// <reference lib="dom" />
/** Another person as one meets them: in the list of members, beside what they wrote, in the head of a conversation. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, message, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("another person", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, ben, a, b } = await visitTwo(browser));
    await write(b.page, "a word of Ben");
    await write(b.page, "and one more");
    await message(a.page, "and one more").waitFor();
    await ben.client.changeMe({ status: "on the wall until noon" });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const go = (page: Page, place: string) => page.getByRole("link", { name: place, exact: true }).click();
  const button = (name: string) => a.page.getByRole("button", { name, exact: true });
  const about = () => a.page.getByRole("dialog", { name: "Ben", exact: true });
  const inAbout = (name: string) => about().getByRole("button", { name, exact: true });
  const close = async (): Promise<void> => {
    await a.page.keyboard.press("Escape");
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
  };

  test("a name in the list of members leads to who they are: status, devices, whether verified, what is in common; by keyboard", async () => {
    await go(a.page, "People");
    await button("Ben").focus();
    await a.page.keyboard.press("Enter");
    await about().getByText("on the wall until noon").waitFor();
    await about().getByText("1 device, reachable now").waitFor();
    await about().getByText("Not verified", { exact: true }).waitFor();
    expect(await about().getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/^Climbing\s+Member$/),
    ]);
    // It follows what happens while it is open.
    const { id } = await ann.client.createSpace({ name: "Sailing" });
    const { link } = await ann.client.createInvite(id);
    await ben.client.join(link);
    await about().getByRole("listitem").filter({ hasText: "Sailing" }).waitFor();
    await checkLooks(a.page, "person");
    await inAbout("Verify…").click();
    await button("They are the same").click();
    await button("Done").click();
    await about().getByText("Verified", { exact: true }).waitFor();
    await close();
    expect(await button("Ben").evaluate((element) => element === document.activeElement)).toBe(true);
  }, 120_000);

  test("it leads to the conversation with them, which is muted from there, and to them again from its head", async () => {
    await button("Ben").click();
    expect(await inAbout("Mute the conversation").count()).toBe(0);
    await inAbout("Message").click();
    await a.page.getByText("This is the beginning with Ben").waitFor();
    await a.page.getByRole("heading", { level: 1 }).getByRole("button", { name: "Ben" }).click();
    await inAbout("Mute the conversation").click();
    await inAbout("Unmute the conversation").waitFor();
    await checkLooks(a.page, "person-muted");
    await close();
    await button("Unmute this conversation").waitFor();
  }, 120_000);

  test("a message leads to who wrote it, by the name and by its menu", async () => {
    await a.page.getByRole("link", { name: /^general.*and one more/ }).click();
    await message(a.page, "a word of Ben").getByRole("button", { name: "Ben" }).click();
    await about().getByText("on the wall until noon").waitFor();
    await close();
    const row = message(a.page, "and one more");
    await row.dispatchEvent("contextmenu", { button: 0 });
    await button("About Ben").waitFor();
    await checkLooks(a.page, "message-menu");
    await button("About Ben").click();
    await about().getByText("on the wall until noon").waitFor();
    await close();
  }, 120_000);

  test("somebody is blocked from a message once it was said what that means, and unblocked from there", async () => {
    const row = message(a.page, "and one more");
    await row.dispatchEvent("contextmenu", { button: 0 });
    await button("Block Ben…").click();
    const dialog = a.page.getByRole("dialog", { name: "Block Ben?" });
    await dialog.getByText("what they write in common spaces is folded").waitFor();
    await checkLooks(a.page, "block-from-message");
    expect((await ann.client.blocks()).items).toEqual([]);
    await dialog.getByRole("button", { name: "Block Ben" }).click();
    await row.waitFor({ state: "detached" });
    const folded = message(a.page, "Message of a blocked person").last();
    await folded.dispatchEvent("contextmenu", { button: 0 });
    await button("Unblock Ben").waitFor();
    await checkLooks(a.page, "unblock-from-message");
    await button("Unblock Ben").click();
    await row.waitFor();
    expect((await ann.client.blocks()).items).toEqual([]);
  }, 120_000);

  test("somebody is blocked from the list of members, which says so, and unblocked from there", async () => {
    await go(a.page, "People");
    await button("Ben").click();
    await inAbout("Block…").click();
    await a.page.getByRole("dialog").getByRole("button", { name: "Block Ben" }).click();
    await about().getByText("Blocked by you, on this device").waitFor();
    expect(await inAbout("Message").count()).toBe(0);
    await checkLooks(a.page, "person-blocked");
    await close();
    await a.page.getByText("Blocked by you", { exact: true }).waitFor();
    await checkLooks(a.page, "people-blocked");
    await button("Ben").click();
    await inAbout("Unblock").click();
    await inAbout("Block…").waitFor();
    await close();
    await a.page.getByText("Blocked by you", { exact: true }).waitFor({ state: "detached" });
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 120_000);
});
