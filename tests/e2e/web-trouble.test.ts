/// <reference lib="dom" />
/** What a person can still do, and still sees, when something is not there: a device, the node, a right. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { giveName, launchBrowser, visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const composer = (page: Page) => page.getByRole("textbox", { name: "Message general" });
const linkField = (page: Page) => page.getByRole("textbox", { name: "Invitation link" });

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
});
