/// <reference lib="dom" />
/** The archive that people read, opened from the disk in a browser: it shows what was written and runs none of it. */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { findViolations, launchBrowser } from "../support/browser.ts";
import { endEverything, runKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const OVERRIDE = "\u202e";
const MESSAGES = 1_100;
/** Each tries to become more than text. */
const hostile = [
  `</p></article><script>document.title = "pwned"; fetch("https://attacker.example/")</script>`,
  `<img src="https://attacker.example/a.png" onerror="document.title = 'pwned'">`,
  `"><svg onload="document.title='pwned'"></svg><style>* { display: none }</style>`,
  `<meta http-equiv="refresh" content="0;url=https://attacker.example/">`,
  `javascript:document.title='pwned'`,
  `${OVERRIDE}gpj.exe${OVERRIDE}${OVERRIDE} never closed`,
  `<base href="https://attacker.example/">&lt;b&gt; &amp;`,
];
const NAME = `<img src=x onerror=alert(1)> "Ann"`.replaceAll("/", "");

needs("browser").describe("an archive", () => {
  let browser: Browser;
  let ann: RunningKith;
  const directory = join(temporaryDirectory(), "archive");

  beforeAll(async () => {
    browser = await launchBrowser();
    ann = await startNode({ name: NAME });
    const space = await ann.client.createSpace({ name: `<b onclick=x>Harbour` });
    const { items } = await ann.client.channels(space.id);
    const channel = items[0]?.id ?? "";
    await ann.client.createChannel(space.id, { name: "<script>quay" });
    const batch = Array.from({ length: MESSAGES }, (_, index) => ({
      space: space.id,
      channel,
      text: `line ${index}`,
    }));
    for (let at = 0; at < batch.length; at += 200) await ann.client.postBatch(batch.slice(at, at + 200));
    for (const text of hostile) await ann.client.post({ space: space.id, channel, text });
    const first = await ann.client.post({ space: space.id, channel, text: "what do you say?" });
    await ann.client.post({ space: space.id, channel, text: "I say yes", replyTo: first.id });
    await ann.client.react(first.id, "\u{1F44D}");
    const gone = await ann.client.post({ space: space.id, channel, text: "regretted" });
    await ann.client.deleteMessage(gone.id);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
    rmSync(directory, { recursive: true, force: true });
  });

  test("attack 25: every message is in it once, readable from the disk, and nothing of it runs or is fetched", async () => {
    const done = await runKith(["export", "--format", "html", directory, "--json", "--data", ann.dataDir]);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ spaces: 1, messages: MESSAGES + hostile.length + 3 });
    const [folder = ""] = readdirSync(directory).filter((name) => name !== "index.html");
    const files = readdirSync(join(directory, folder));
    expect(files.filter((name) => name.startsWith("general"))).toHaveLength(3);
    expect(files.some((name) => name.endsWith(".part"))).toBe(false);
    for (const name of files) expect(statSync(join(directory, folder, name)).mode & 0o077).toBe(0);

    const context = await browser.newContext();
    const page = await context.newPage();
    const asked: string[] = [];
    const said: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (line) => said.push(line.text()));
    page.on("dialog", (dialog) => said.push(dialog.message()));
    await page.goto(pathToFileURL(join(directory, "index.html")).href);
    expect(await page.locator("h2").textContent()).toBe("<b onclick=x>Harbour");
    await check(page);
    await page.getByRole("link", { name: "general" }).click();
    const rows = page.locator("article");
    expect(await rows.count()).toBe(500);
    const texts = await page.locator("article .text").allTextContents();
    for (const text of hostile) expect(texts).toContain(text);
    expect(texts.at(-1)).toBe("This message was deleted.");
    expect(await page.content()).not.toContain("regretted");
    expect(await page.locator("article strong").first().textContent()).toBe(NAME);
    expect(await page.locator("blockquote").textContent()).toContain("what do you say?");
    // An override that is never closed turns around nothing but its own line.
    const turned = rows.filter({ hasText: "gpj.exe" });
    expect(await turned.locator(".text").evaluate((row) => getComputedStyle(row).unicodeBidi)).toBe(
      "plaintext",
    );
    await check(page);
    const seen = [...texts];
    for (const count of [500, 110]) {
      await page.getByRole("link", { name: "Older" }).first().click();
      await page.waitForLoadState();
      expect(await rows.count()).toBe(count);
      seen.unshift(...(await page.locator("article .text").allTextContents()));
    }
    expect(seen.slice(0, MESSAGES)).toEqual(Array.from({ length: MESSAGES }, (_, index) => `line ${index}`));
    expect(await page.getByRole("link", { name: "Older" }).count()).toBe(0);
    await page.getByRole("link", { name: "All conversations" }).click();
    expect(await page.title()).toBe("Conversations");
    expect(asked.filter((url) => !url.startsWith("file:"))).toEqual([]);
    // What the policy keeps from running would be told here: there is nothing it need keep.
    expect(said).toEqual([]);
    for (const name of files)
      expect(readFileSync(join(directory, folder, name), "utf8")).not.toContain("<script");
    await context.close();
  }, 120_000);

  async function check(page: Page): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1_280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await findViolations(page)).toEqual([]);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
        const pictures = process.env["KITH_PICTURES"];
        const name = (await page.title()).length > 20 ? "channel" : "index";
        if (pictures !== undefined)
          await page.screenshot({ path: `${pictures}/archive-${name}-${colorScheme}-${width}.png` });
      }
    }
  }
});
