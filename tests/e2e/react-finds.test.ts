/// <reference lib="dom" />
/** What a page of somebody else's shows with useSearch and useDelivery, in a real browser, on real nodes. */
import { afterEach, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { endEverything, startAgain, startNode } from "../support/kith-process.ts";
import { buildReactPage, visitReactPage } from "../support/react-visit.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("a page over the hooks", () => {
  let browser: Browser | null = null;

  afterEach(async () => {
    await browser?.close();
    await endEverything();
  });

  test("[HT66] useSearch finds, shows page after page, says that there is nothing, and asks again after an error", async () => {
    browser = await launchBrowser();
    const [ann, code] = await Promise.all([startNode({ name: "Ann" }), buildReactPage()]);
    const { id: space } = await ann.client.createSpace({ name: "Climbing" });
    const texts = Array.from({ length: 130 }, (_, n) => (n < 120 ? `rope number ${n}` : `chalk ${n}`));
    await ann.client.postBatch(texts.map((text) => ({ space, channel: "general", text })));
    const { page, faults } = await visitReactPage(browser, ann, { code, space });
    const field = page.getByRole("textbox", { name: "Find" });
    const found = page.getByRole("list", { name: "Found" }).getByRole("listitem");
    const more = page.getByRole("button", { name: "Show more" });
    const newest = texts.slice(0, 120).reverse();

    await field.fill("rope num");
    await more.waitFor();
    expect(await found.allTextContents()).toEqual(newest.slice(0, 50));
    await more.click();
    await expect.poll(() => found.allTextContents()).toEqual(newest.slice(0, 100));
    await more.click();
    await expect.poll(() => found.allTextContents()).toEqual(newest);
    expect(await more.count()).toBe(0);

    // Another question begins with its first page again.
    await field.fill("rope");
    await more.waitFor();
    await expect.poll(() => found.count()).toBe(50);
    await field.fill("zebra");
    await page.getByText("Nothing found").waitFor();
    expect(await found.count()).toBe(0);
    await field.fill("");
    await expect.poll(() => page.getByText("Nothing found").count()).toBe(0);

    await field.fill("rope");
    await more.waitFor();
    await ann.kill();
    await more.click();
    // The page that is there stays, and so does what is missing.
    await page.getByRole("alert").getByText("no answer from").waitFor();
    expect(await found.count()).toBe(50);
    await field.fill("chalk");
    await page.getByRole("alert").getByText("no answer from").waitFor();
    expect(await found.count()).toBe(0);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").getByText("no answer from").waitFor();
    await startAgain(ann);
    await page.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => found.allTextContents()).toEqual(texts.slice(120).reverse());
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(faults).toEqual([]);
  }, 120_000);

  test("useDelivery says by name for whom a message waits, then that it has arrived", async () => {
    browser = await launchBrowser();
    const [ann, ben, code] = await Promise.all([
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
      buildReactPage(),
    ]);
    const { id: space } = await ann.client.createSpace({ name: "Climbing" });
    const { page, faults } = await visitReactPage(browser, ann, { code, space });
    const row = (text: string) =>
      page.getByRole("list", { name: "Thread" }).getByRole("listitem").filter({ hasText: text });
    await ann.client.post({ space, channel: "general", text: "anybody here?" });
    await row("anybody here?").getByText("nobody else is in this space yet").waitFor();

    const { link } = await ann.client.createInvite(space);
    expect(await ben.client.join(link)).toMatchObject({ done: true });
    await ben.client.setOnline(false);
    await expect.poll(async () => (await ann.client.peers()).items.length, { timeout: 30_000 }).toBe(0);
    await ann.client.post({ space, channel: "general", text: "for Ben" });
    await row("for Ben").getByText("Saved here · waits for Ben").waitFor();
    await ben.client.setOnline(true);
    await row("for Ben").getByText("On 1 of 1 device").waitFor();
    expect(faults).toEqual([]);
  }, 120_000);
});
