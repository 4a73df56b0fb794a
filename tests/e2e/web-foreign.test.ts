/** Pages of others in the browser in which somebody is signed in to their node. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import { startForeignServer, tryEverything } from "../support/foreign-page.ts";
import type { ForeignServer } from "../support/foreign-page.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("a page of somebody else", () => {
  let browser: Browser;
  let elsewhere: ForeignServer;

  beforeEach(async () => {
    elsewhere = await startForeignServer();
    // Whoever owns a name decides where it leads, and may change that at any time.
    browser = await launchBrowser(["--host-resolver-rules=MAP *.example 127.0.0.1"]);
  });

  afterEach(async () => {
    await browser.close();
    await elsewhere.close();
    await endEverything();
  });

  /** What the node has answered to a page, worst first. */
  function answersTo(page: Page, port: number): string[] {
    const taken: string[] = [];
    page.on("response", (response) => {
      const { pathname, port: at } = new URL(response.url());
      if (at === String(port) && response.status() < 400)
        taken.push(`${response.request().method()} ${pathname}: ${response.status()}`);
    });
    return taken;
  }

  test("[HT1] [HT2] [HT4] attack 24: neither reads, writes, listens nor includes, whatever it asks with the person's cookie", async () => {
    const node = await startNode({ name: "Ann" });
    const { context, page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    await write(page, "mine");
    await message(page, "mine").waitFor();
    const [space] = (await node.client.spaces()).items;
    if (space === undefined) throw new Error("no space");
    const { port, url } = node.ready;
    const cookies = await context.cookies(url);
    expect(cookies).toHaveLength(1);
    // Another port is another origin of the same site: the browser sends the cookie along.
    for (const origin of [
      `http://127.0.0.1:${elsewhere.port}`,
      `http://localhost:${elsewhere.port}`,
      `http://evil.example:${elsewhere.port}`,
    ]) {
      const foreign = await context.newPage();
      const answered = answersTo(foreign, port);
      await foreign.goto(origin);
      const tried = await foreign.evaluate(tryEverything, {
        node: `http://127.0.0.1:${port}`,
        space: space.id,
      });
      expect(Object.keys(tried).length).toBeGreaterThan(45);
      expect([origin, Object.entries(tried).filter(([, got]) => got !== "refused")]).toEqual([origin, []]);
      // The page itself is no secret, but it is shown in no frame and included nowhere.
      expect([origin, answered.filter((each) => !each.startsWith("GET /: "))]).toEqual([origin, []]);
      await foreign.close();
    }
    expect((await node.client.spaces()).items.map(({ name }) => name)).toEqual(["Climbing"]);
    expect((await node.client.messages()).items.map(({ text }) => text)).toEqual(["mine"]);
    expect((await node.client.me()).name).toBe("Ann");
    expect((await node.client.status()).online).toBe(true);
    // And the person's own page goes on.
    await write(page, "still mine");
    await message(page, "still mine").waitFor();
  }, 600_000);

  test("[HT1] attack 24: a name that is rebound to this machine gets nothing, not even the page", async () => {
    const node = await startNode({ name: "Ann" });
    const { context, page } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    const [space] = (await node.client.spaces()).items;
    if (space === undefined) throw new Error("no space");
    const { port } = node.ready;
    const rebound = await context.newPage();
    const answered = answersTo(rebound, port);
    const answer = await rebound.goto(`http://rebound.example:${port}/`);
    expect(answer?.status()).toBe(403);
    expect(await answer?.text()).toContain("HOST_NOT_ALLOWED");
    // To the browser this is now one origin with the node: only the name tells.
    const tried = await rebound.evaluate(tryEverything, {
      node: `http://rebound.example:${port}`,
      space: space.id,
    });
    const got = Object.entries(tried).filter(
      ([, each]) => each !== "refused" && !each.includes("HOST_NOT_ALLOWED"),
    );
    expect(got).toEqual([]);
    expect(answered).toEqual([]);
    expect((await node.client.messages()).items).toEqual([]);
    expect((await node.client.spaces()).items).toHaveLength(1);
  }, 600_000);

  test("attack 25: names and texts that are HTML, Markdown or turned around are shown as what they are, and run nothing", async () => {
    const node = await startNode({ name: "Ann" });
    const { page, faults } = await visit(browser, node);
    await foundSpace(page, "Ann", "Climbing");
    const ran: string[] = [];
    page.on("dialog", (dialog) => {
      ran.push(dialog.message());
      void dialog.dismiss();
    });
    const traps = [
      `<img src=x onerror="alert(1)">`,
      `<script>alert(2)</script>`,
      `[click](javascript:alert(3)) ![x](http://evil.example/x.png)`,
      `<svg onload=alert(4)><a href="javascript:alert(5)">x</a>`,
      `\u202Egnp.exe\u202C and more`,
      `http://evil.example/\u202Etxt.exe`,
    ];
    await node.client.createChannel("Climbing", { name: `<b>bold<img src=x onerror=alert(6)>` });
    for (const text of traps) await node.client.post({ space: "Climbing", channel: "general", text });
    await composer(page).waitFor();
    await expect.poll(() => page.getByRole("article").count()).toBe(traps.length);
    const shown = await page.evaluate(() => {
      const article = [...document.querySelectorAll("[role=article], article")];
      return {
        made: article.flatMap((each) => [...each.querySelectorAll("img, script, svg[onload], iframe")])
          .length,
        links: [...document.querySelectorAll("a")].map(({ href }) => href),
        texts: article.map((each) => each.textContent ?? ""),
        asked: performance.getEntriesByType("resource").map(({ name }) => name),
        bold: document.querySelectorAll("b").length,
      };
    });
    expect(shown.made).toBe(0);
    expect(shown.bold).toBe(0);
    expect(shown.links.filter((href) => !/^https?:/.test(href))).toEqual([]);
    expect(shown.asked.filter((name) => name.includes("evil.example"))).toEqual([]);
    for (const text of traps)
      expect(
        shown.texts.some((each) => each.includes(text)),
        text,
      ).toBe(true);
    expect([ran, faults]).toEqual([[], []]);
  }, 600_000);
});
