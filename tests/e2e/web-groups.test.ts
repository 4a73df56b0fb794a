/// <reference lib="dom" />
/** A group of three, one person written to from the start, and a block in answer to a request, each in a browser of their own node. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, message, visit, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("groups, and requests of one", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let cid: RunningKith;
  let a: Visit;
  let b: Visit;
  let c: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    cid = await startNode({ name: "Cid" });
    ({ ann, ben, a, b } = await visitTwo(browser));
    await cid.client.join((await ann.client.createInvite("Climbing")).link);
    c = await visit(browser, cid);
    await c.page.getByRole("textbox", { name: "Message general" }).waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const create = async (page: Page) => {
    await page.getByRole("button", { name: "New space" }).click();
    return page.getByRole("dialog");
  };
  async function openRequest(page: Page, name: string) {
    await page.getByRole("link", { name: /^Message requests/ }).click();
    return page.getByRole("listitem", { name: `Request of ${name}` });
  }
  const inTrip = (page: Page) => page.getByRole("link", { name: /members? of Trip/ });
  let trip: string;
  const title = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });

  test("a group of three is accepted by both who are asked, and all three talk", async () => {
    const dialog = await create(a.page);
    await dialog.getByRole("radio", { name: /^A group/ }).check();
    await dialog.getByRole("checkbox", { name: /Ben/ }).check();
    await dialog.getByRole("checkbox", { name: /Cid/ }).check();
    await dialog.getByRole("textbox", { name: "Name of the group" }).fill("Trip");
    await dialog.getByRole("button", { name: "Create" }).click();
    await inTrip(a.page).waitFor();
    await checkLooks(a.page, "group-asked");
    for (const { page } of [b, c]) {
      const request = await openRequest(page, "Ann");
      await request.getByText("Trip").waitFor();
      await request.getByRole("button", { name: "Accept" }).click();
      await inTrip(page).waitFor();
    }
    const said = ["Where to?", "The north wall.", "I bring the rope."];
    for (const [at, { page }] of [a, b, c].entries()) await write(page, said[at] ?? "");
    for (const { page } of [a, b, c]) for (const text of said) await message(page, text).waitFor();
    await a.page.getByRole("link", { name: "3 members of Trip" }).waitFor();
    await checkLooks(c.page, "group");
    trip = b.page.url();
  }, 240_000);

  test("one person is chosen, and asked with the first message", async () => {
    const dialog = await create(b.page);
    await dialog.getByRole("radio", { name: /^One person/ }).check();
    await b.page.getByRole("heading", { name: "New direct conversation" }).waitFor();
    expect(await dialog.getByRole("button", { name: "Begin" }).isDisabled()).toBe(true);
    await dialog.getByRole("radio", { name: /Cid/ }).check();
    await dialog.getByRole("textbox", { name: /^First message/ }).fill("Only you and me");
    await dialog.getByRole("button", { name: "Begin" }).click();
    await title(b.page, "Cid").waitFor();
    await message(b.page, "Only you and me").waitFor();
    const request = await openRequest(c.page, "Ben");
    await request.getByText("Only you and me").waitFor();
    await request.getByRole("button", { name: "Accept" }).click();
    await title(c.page, "Ben").waitFor();
    await write(c.page, "Yes, us two");
    await message(b.page, "Yes, us two").waitFor();
  }, 120_000);

  test("who asks is blocked in answer: the request goes, what they write is folded, and they are not told", async () => {
    const { id, channels } = await ann.client.direct({ person: (await ben.client.me()).person });
    await ann.client.post({ space: id, channel: channels[0]?.id ?? "", text: "Hello Ben" });
    const request = await openRequest(b.page, "Ann");
    await request.getByText("Hello Ben").waitFor();
    await request.getByRole("button", { name: "Block…" }).click();
    await request.getByText("Block Ann? You hear of them no more; they are not told.").waitFor();
    await request.getByRole("button", { name: "Block Ann" }).click();
    await request.waitFor({ state: "detached" });
    await b.page.getByRole("button", { name: "Unblock Ann" }).waitFor();
    await checkLooks(b.page, "blocked-in-answer");
    expect((await ben.client.requests()).items).toEqual([]);
    expect((await ben.client.blocks()).items.map(({ name }) => name)).toEqual(["Ann"]);
    await b.page.goto(trip);
    await message(b.page, "Message of a blocked person").waitFor();
    expect(await message(b.page, "Where to?").count()).toBe(0);
    await a.page.getByRole("link", { name: /Ben/ }).first().click();
    await message(a.page, "Hello Ben").waitFor();
    await a.page.getByText("is asked as soon as").waitFor();
    for (const { faults } of [a, b, c]) expect(faults).toEqual([]);
  }, 180_000);
});
