/** Several tabs of one node's page, and a page whose network lets no WebSocket through. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("tabs", () => {
  let browser: Browser;

  beforeEach(async () => {
    browser = await launchBrowser();
  });

  afterEach(async () => {
    await browser.close();
    await endEverything();
  });

  test("[CL9] [CL10] eight tabs hold one stream; each shows what is written in another, also when the one that reads is closed", async () => {
    const node = await startNode({ name: "Ann" });
    const { context, page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    await page.close();
    const sockets = new Map<Page, number>();
    context.on("page", (tab) => {
      tab.on("websocket", (socket) => {
        sockets.set(tab, (sockets.get(tab) ?? 0) + 1);
        socket.on("close", () => sockets.set(tab, (sockets.get(tab) ?? 0) - 1));
      });
    });
    const tabs: Page[] = [];
    for (let n = 0; n < 8; n += 1) {
      const tab = await context.newPage();
      await tab.goto(node.ready.url);
      await tab.getByRole("link", { name: /^general/ }).click();
      await composer(tab).waitFor();
      tabs.push(tab);
    }
    const readers = (): Page[] => tabs.filter((tab) => (sockets.get(tab) ?? 0) > 0);
    const [first, second] = tabs;
    if (first === undefined || second === undefined) throw new Error("no tabs");
    await write(second, "to all of them");
    for (const tab of tabs) await message(tab, "to all of them").waitFor();
    expect(readers()).toEqual([first]);
    await first.close();
    tabs.shift();
    await node.client.post({ space: "Climbing", channel: "general", text: "after the first" });
    for (const tab of tabs) {
      await message(tab, "after the first").waitFor();
      expect(await message(tab, "after the first").count()).toBe(1);
    }
    expect(readers()).toHaveLength(1);
  }, 90_000);

  test("[CL1] [CL4] a page whose WebSockets are cut off shows what is new by another way", async () => {
    const node = await startNode({ name: "Ann" });
    const { context, page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    await page.close();
    await context.routeWebSocket(/\/api\/ws/, (socket) => socket.close());
    const tab = await context.newPage();
    const asked = tab.waitForRequest(/\/api\/(?:events|poll)/);
    await tab.goto(node.ready.url);
    await asked;
    await tab.getByRole("link", { name: /^general/ }).click();
    await node.client.post({ space: "Climbing", channel: "general", text: "by another way" });
    await message(tab, "by another way").waitFor();
  }, 60_000);
});
