/// <reference lib="dom" />
/** What a person can still do, and still sees, when something is not there: a device, the node, a right. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  composer,
  findViolations,
  foundSpace,
  giveName,
  launchBrowser,
  message,
  visit,
  write,
} from "../support/browser.ts";
import { endEverything, startAgain, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

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
    expect(await findViolations(page)).toEqual([]);
    await page.reload();
    await page.getByRole("button", { name: "Use another link" }).click();
    await page.getByText("Still joining by another link").waitFor();
    expect(await findViolations(page)).toEqual([]);
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

  test("expectation 6: a joining that began on the command line is shown, and a link in the address goes before it", async () => {
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
    await page.getByRole("progressbar", { name: "Joining" }).waitFor();
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
    const back = await startAgain(node);
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

  const widths = [
    ["390 px, dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
    ["1280 px", { viewport: { width: 1280, height: 800 } }],
  ] as const;

  test.each(widths)(
    "expectations 12 and 13: a stopped node is told once on every screen, and nothing claims to know more (%s)",
    async (_width, options) => {
      const [node, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
      const { page } = await visit(browser, node, options);
      await foundSpace(page, "Ann", "Climbing");
      const [space] = (await node.client.spaces()).items;
      const { link } = await node.client.createInvite(space?.id ?? "");
      await ben.client.join(link);
      await page.waitForFunction(
        async () => (await navigator.serviceWorker.ready).active?.state === "activated",
      );
      await page.getByRole("link", { name: "Network", exact: true }).click();
      await page.getByRole("cell", { name: "Up to date" }).waitFor();
      await node.stop();
      const told = page.getByText("The program on this device does not answer");
      await told.waitFor({ timeout: 15_000 });
      for (const words of ["Up to date", "Excellent", "Good"])
        expect(await page.getByText(words, { exact: true }).count(), words).toBe(0);
      await page.getByRole("cell", { name: "Not known now" }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(await page.locator("svg line:visible").count()).toBe(0);
      for (const place of ["Settings", "People", "Conversations"]) {
        await page.getByRole("link", { name: place, exact: true }).click();
        await told.waitFor();
        expect(await told.count(), place).toBe(1);
        expect(await findViolations(page), place).toEqual([]);
      }
      await page.getByRole("link", { name: /^general/ }).click();
      await composer(page).waitFor();
      await told.waitFor();
      expect(await told.count()).toBe(1);
      await page.reload();
      await told.waitFor({ timeout: 15_000 });
      expect(await page.getByText("Reading messages…").count()).toBe(0);
      await page.getByText("shown as soon as it runs again").waitFor();
      await startAgain(node);
      await composer(page).waitFor({ timeout: 20_000 });
      expect(await told.count()).toBe(0);
    },
    60_000,
  );

  test("expectation 12: a phone that shows a conversation says that its device is off the network", async () => {
    const node = await startNode({ name: "Ann" });
    const { page } = await visit(browser, node, { viewport: { width: 390, height: 844 } });
    await foundSpace(page, "Ann", "Climbing");
    await node.client.setOnline(false);
    await page.getByText("This device is off the network").waitFor({ timeout: 15_000 });
    await composer(page).waitFor();
  });

  test("expectations 4 and 30: a message says who it waits for, and the Network screen lists whose device is away", async () => {
    const [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    const { page } = await visit(browser, ann);
    await foundSpace(page, "Ann", "Climbing");
    const [space] = (await ann.client.spaces()).items;
    const { link } = await ann.client.createInvite(space?.id ?? "");
    await ben.client.join(link);
    await write(page, "both are here");
    await message(page, "both are here").getByText("On 1 of 1 device").waitFor();
    await ben.stop();
    await page.getByRole("link", { name: /Network: No other device reachable/ }).waitFor();
    await write(page, "while Ben is away");
    await message(page, "while Ben is away").getByText("Saved here · waits for Ben").waitFor();
    await page.getByRole("link", { name: "Network", exact: true }).click();
    const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Ben" }) });
    await row.getByText("Not reachable now").waitFor();
    expect(await page.getByText("No other device yet").count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    // Expectation 11 at any width: words of the picture are never scaled down.
    await page.setViewportSize({ width: 390, height: 844 });
    const size = await page
      .getByRole("img", { name: /^This device and/ })
      .locator("text")
      .first()
      .evaluate((text) => {
        const { a } = (text as SVGTextElement).getScreenCTM() ?? { a: 0 };
        return a * parseFloat(getComputedStyle(text).fontSize);
      });
    expect(size).toBeGreaterThanOrEqual(12);
    await expect
      .poll(() => page.evaluate(() => document.querySelector("svg[role=img]")?.getBoundingClientRect().right))
      .toBeLessThan(390);
  }, 60_000);

  test("what the role forbids is not offered, and why is said in words", async () => {
    const [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    const space = await ann.client.createSpace({ name: "Climbing" });
    const { link } = await ann.client.createInvite(space.id, { role: "reader" });
    await ben.client.join(link);
    const { page } = await visit(browser, ben);
    const list = page.getByRole("complementary", { name: "Conversations" });
    await list.getByRole("link", { name: /^general/ }).waitFor();
    expect(await list.getByRole("button", { name: /Invite to|New channel/ }).count()).toBe(0);
    await page.getByRole("link", { name: "People", exact: true }).click();
    await page.getByText("Owners and admins of the space invite others").waitFor();
    expect(await page.getByRole("button", { name: "Invite" }).count()).toBe(0);
    const refusal = ben.client.createInvite(space.id).catch((error: unknown) => error);
    expect(await refusal).toMatchObject({
      code: "NOT_ALLOWED",
      message: "Your role in this space does not allow that.",
    });
  }, 60_000);

  test("a reply that was begun and holds no words is no draft in the list", async () => {
    const node = await startNode({ name: "Ann" });
    const { page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    await write(page, "answer me");
    await message(page, "answer me").getByText("Saved here").waitFor();
    await message(page, "answer me").hover();
    await message(page, "answer me").getByRole("button", { name: "Reply" }).click();
    await expect.poll(async () => (await node.client.conversations()).items[0]?.draft?.replyTo).toBeTruthy();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Back to the list" }).click();
    await page.getByText("You: answer me").waitFor();
    expect(await page.getByText("Draft:").count()).toBe(0);
  });

  test.each(widths)(
    "nothing that is said of an invitation or of the network is cut off (%s)",
    async (_width, options) => {
      const node = await startNode({ name: "Ann" });
      const { page } = await visit(browser, node, options);
      await foundSpace(page, "Ann", "Climbing");
      if (options.viewport.width < 768) await page.getByRole("button", { name: "Back to the list" }).click();
      const detail = page.getByText("Messages are saved here and go out later");
      await detail.waitFor();
      expect(await detail.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
      await page.getByRole("button", { name: "Invite to Climbing" }).first().click();
      const role = page.getByRole("combobox", { name: "They may" });
      await role.waitFor();
      const spare = await role.evaluate((select) => {
        const style = getComputedStyle(select);
        const pen = document.createElement("canvas").getContext("2d");
        if (pen === null) return -1;
        pen.font = style.font;
        // The browser's own arrow takes 20 px at the most.
        const inside =
          select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 20;
        return inside - pen.measureText("Read and write").width;
      });
      expect(spare).toBeGreaterThanOrEqual(0);
    },
  );
});
