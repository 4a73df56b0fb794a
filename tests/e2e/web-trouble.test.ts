/// <reference lib="dom" />
/** What a person can still do, and still sees, when something is not there: a device, the node, a right. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { foundSpace, giveName, launchBrowser, visit, write } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const composer = (page: Page) => page.getByRole("textbox", { name: "Message general" });
const message = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });
const linkField = (page: Page) => page.getByRole("textbox", { name: "Invitation link" });

/** The same node again: its directory, its port. */
const again = ({ dataDir, ready }: RunningKith) =>
  startNode({ dataDir, args: ["--port", String(ready.port)] });

async function linkTo(node: RunningKith, name: string): Promise<string> {
  const space = await node.client.createSpace({ name });
  return (await node.client.createInvite(space.id)).link;
}

async function useLink(page: Page, link: string): Promise<void> {
  await linkField(page).fill(link);
  await page.getByRole("button", { name: "Join", exact: true }).click();
}

needs("browser").describe("a page whose node or whose friends are away", () => {
  let browser: Browser;

  beforeEach(async () => {
    browser = await launchBrowser();
  });

  afterEach(async () => {
    await browser.close();
    await endEverything();
  });

  test("expectation 6: an invitation whose device is off keeps nobody from another one, and can be given up", async () => {
    const [away, ann, ben] = await Promise.all([
      startNode({ name: "Away" }),
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
    ]);
    const dead = await linkTo(away, "Nowhere");
    await away.stop();
    const good = await linkTo(ann, "Climbing");
    const { page } = await visit(browser, ben);
    await giveName(page, "Ben");
    await page.getByRole("button", { name: "I have an invitation" }).click();
    await useLink(page, dead);
    await page.getByRole("progressbar", { name: "Joining" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Use another link" }).click();
    await page.getByText("Still joining by another link").waitFor();
    await useLink(page, good);
    await composer(page).waitFor();
    const joins = async () => (await ben.client.joins()).items.filter(({ step }) => step !== "done");
    expect(await joins()).toHaveLength(1);
    // What still looks for the dead device is ended where it is shown.
    await page.getByRole("link", { name: /Joining…/ }).click();
    await page.getByRole("button", { name: "Give up this one" }).click();
    await linkField(page).waitFor();
    expect(await joins()).toEqual([]);
    await page.getByRole("link", { name: "Back to conversations" }).click();
    await composer(page).waitFor();
    expect(await page.getByText("Joining…").count()).toBe(0);
  }, 60_000);

  test("expectation 6: a link in the address goes before a joining that waits", async () => {
    const [away, ann, ben] = await Promise.all([
      startNode({ name: "Away" }),
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
    ]);
    const dead = await linkTo(away, "Nowhere");
    await away.stop();
    const good = await linkTo(ann, "Climbing");
    await ben.client.join(dead, { waitMs: 0 });
    const { page } = await visit(browser, ben);
    await page.goto(`${ben.ready.url}/join#${good.split("#")[1] ?? ""}`);
    expect(await linkField(page).inputValue()).toBe(good);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await composer(page).waitFor();
  }, 60_000);

  test("expectation 7: what waits for a stopped node survives a reload, comes back as rows, goes out by itself and once", async () => {
    const node = await startNode({ name: "Ann" });
    const { page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    await write(page, "before");
    await message(page, "before").getByText("Saved here").waitFor();
    await node.stop();
    await write(page, "one");
    await write(page, "two");
    await message(page, "two").getByText("Waiting for this node").waitFor();
    await page.reload();
    await page.getByText("This node has stopped").first().waitFor({ timeout: 15_000 });
    const back = await again(node);
    await message(page, "two").getByText("Saved here").waitFor({ timeout: 20_000 });
    const { items } = await back.client.messages({ limit: 10 });
    expect(items.map(({ text }) => text)).toEqual(["before", "one", "two"]);
    expect(await message(page, "one").count()).toBe(1);
    expect(await composer(page).inputValue()).toBe("");
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  }, 60_000);

  test("expectations 3 and 7: a refused message is there after a reload, with its reason, Try again and Delete", async () => {
    const node = await startNode({ name: "Ann" });
    const { page } = await visit(browser, node, { serviceWorkers: "block" });
    await foundSpace(page, "Ann", "Climbing");
    const refused = {
      status: 403,
      json: { error: { code: "NOT_ALLOWED", message: "not here", next: "ask" } },
    };
    await page.route("**/api/messages", (route) => route.fulfill(refused));
    await write(page, "to be deleted");
    await write(page, "to be sent");
    await message(page, "to be sent").getByText("Not sent").waitFor();
    await page.unroute("**/api/messages");
    // The browser asks before the page is left: the text is nowhere else.
    const asked = page.waitForEvent("dialog").then((dialog) => dialog.accept());
    await page.reload();
    await asked;
    await message(page, "to be deleted").getByRole("button", { name: "Delete" }).click();
    await message(page, "to be sent").getByRole("button", { name: "Try again" }).click();
    await message(page, "to be sent").getByText("Saved here").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.reload();
    await message(page, "to be sent").waitFor();
    expect(await message(page, "to be deleted").count()).toBe(0);
  });
});
