/// <reference lib="dom" />
/** A page of somebody else's over @kith/react, in a real browser, on a real node. */
import { afterEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { findViolations, launchBrowser } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { buildReactPage, visitReactPage } from "../support/react-visit.ts";
import { needs } from "../support/require.ts";

/** How many different ones of a value the hook has given so far. */
const given = (page: Page, name: string): Promise<number> =>
  page.evaluate((of) => window.given.get(of)?.size ?? 0, name);

needs("browser").describe("a page over the hooks", () => {
  let browser: Browser | null = null;

  afterEach(async () => {
    await browser?.close();
    await endEverything();
  });

  test("under StrictMode it shows what comes, draws no row that did not change, and its status can be read by everybody", async () => {
    browser = await launchBrowser();
    const [ann, code] = await Promise.all([startNode({ name: "Ann" }), buildReactPage()]);
    const { id: space } = await ann.client.createSpace({ name: "Climbing" });
    const texts = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    const stored = await ann.client.postBatch(texts.map((text) => ({ space, channel: "general", text })));
    // Off the network until the page, which asks for it, puts it there.
    await ann.client.setOnline(false);
    const { page, faults } = await visitReactPage(browser, ann, { code, space });
    const rows = page.getByRole("list", { name: "Thread" }).getByRole("listitem");
    await expect.poll(() => rows.count()).toBe(40);
    await page.getByRole("status").first().getByText("No other device is reachable").waitFor();
    expect((await ann.client.status()).online).toBe(true);
    const before = await page.evaluate(() => ({ ...window.drawn }));
    await ann.client.postBatch(
      Array.from({ length: 20 }, (_, n) => ({ space, channel: "general", text: `new ${n}` })),
    );
    await expect.poll(() => rows.count()).toBe(60);
    const first = stored[0];
    await ann.client.react(first !== undefined && "id" in first ? first.id : "", "👍");
    const changed = await page.getByText("line 0", { exact: true }).getAttribute("data-key");
    await expect
      .poll(() => page.evaluate((key) => window.drawn[key ?? ""], changed))
      .toBe((before[changed ?? ""] ?? 0) + 1);
    const after = await page.evaluate(() => ({ ...window.drawn }));
    for (const [key, times] of Object.entries(before))
      if (key !== changed) expect(after[key], key).toBe(times);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findViolations(page), colorScheme).toEqual([]);
    }
    expect(await page.getByRole("region", { name: "Network" }).getByText("Messages here").count()).toBe(1);
    expect(faults).toEqual([]);
  }, 120_000);

  test("the connection's functions are the same ones for its life and do what they say; what was taken off the network stays off", async () => {
    browser = await launchBrowser();
    const [ann, ben, code] = await Promise.all([
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
      buildReactPage(),
    ]);
    const { id: space } = await ann.client.createSpace({ name: "Climbing" });
    const { link } = await ann.client.createInvite(space);
    expect(await ben.client.join(link)).toMatchObject({ done: true });
    const { page, faults } = await visitReactPage(browser, ann, { code, space });
    const rows = page.getByRole("list", { name: "Thread" }).getByRole("listitem");
    const connection = page.getByRole("status", { name: "Connection" });
    await connection.getByText("connected", { exact: true }).waitFor();
    const isInSync = () => page.evaluate(() => window.connection.peers[0]?.inSync);
    await expect.poll(isInSync, { timeout: 30_000 }).toBe(true);

    await page.evaluate(() => window.say("said by the page"));
    const said = (await ann.client.messages({ space })).items.at(-1);
    expect(said?.text).toBe("said by the page");
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByText("On 1 of 1 device").waitFor();
    await expect.poll(isInSync).toBe(true);

    // What the node tells of itself differs each time; of the peer nothing does, unless its round trip did just then.
    let spaces = 1;
    async function refreshThrice(): Promise<number> {
      const [lists, statuses] = [await given(page, "peers"), await given(page, "networkStatus")];
      for (const until = spaces + 3; spaces < until; spaces += 1) {
        await ann.client.createSpace({ name: `Space ${spaces}` });
        // At once, and not with the look that comes every three seconds.
        const counted = await page.evaluate(async () => {
          await window.connection.refreshNetworkInfo();
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          return window.connection.networkStatus?.spaces;
        });
        expect(counted).toBe(spaces + 1);
      }
      expect(await given(page, "networkStatus")).toBeGreaterThanOrEqual(statuses + 3);
      return (await given(page, "peers")) - lists;
    }
    await expect.poll(refreshThrice, { timeout: 20_000 }).toBe(0);
    const lists = await given(page, "peers");

    await page.evaluate(() => window.connection.disconnect());
    await connection.getByText("not connected").waitFor();
    expect((await ann.client.status()).online).toBe(false);
    await page.getByRole("status").getByText("Off the network").first().waitFor();
    // It still serves the page, which does not put it back by itself.
    await page.evaluate(() => window.connection.refreshNetworkInfo());
    await ann.client.post({ space, channel: "general", text: "off the network" });
    await expect.poll(() => rows.count()).toBe(2);
    expect((await ann.client.status()).online).toBe(false);
    expect(await connection.textContent()).toBe("not connected");

    await page.evaluate(() => window.connection.connect());
    await connection.getByText("connected", { exact: true }).waitFor();
    expect((await ann.client.status()).online).toBe(true);

    await expect.poll(() => page.evaluate(() => window.connection.peers.length), { timeout: 30_000 }).toBe(1);
    // Away, and back.
    expect(await given(page, "peers")).toBeGreaterThan(lists);
    for (const name of ["broadcastMessage", "connect", "disconnect", "refreshNetworkInfo"])
      expect(await given(page, name), name).toBe(1);
    // Twice is what StrictMode does to each effect.
    expect(await page.evaluate(() => window.mounts)).toBe(2);
    expect(faults).toEqual([]);
  }, 120_000);
});

test("the page is built of nothing but the hooks, the client and React", async () => {
  expect(await buildReactPage()).not.toMatch(/ZodError|sodium/);
}, 30_000);
