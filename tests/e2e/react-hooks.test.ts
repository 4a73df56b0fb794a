/// <reference lib="dom" />
/** A page of somebody else's over @kith/react, in a real browser, on a real node. */
import { join } from "node:path";
import { build } from "vite";
import { afterEach, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { findViolations, launchBrowser, visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";
import { root } from "../tidy/project.ts";

async function buildPage(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    root: join(root, "tests/support"),
    define: { "process.env.NODE_ENV": '"development"' },
    build: {
      write: false,
      target: "es2022",
      minify: false,
      lib: { entry: "react-page.tsx", formats: ["es"], fileName: "page" },
    },
  });
  const chunks = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
  return chunks.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
}

needs("browser").describe("a page over the hooks", () => {
  let browser: Browser | null = null;

  afterEach(async () => {
    await browser?.close();
    await endEverything();
  });

  test("under StrictMode it shows what comes, draws no row that did not change, and its status can be read by everybody", async () => {
    browser = await launchBrowser();
    const [ann, code] = await Promise.all([startNode({ name: "Ann" }), buildPage()]);
    const space = await ann.client.createSpace({ name: "Climbing" });
    const [general] = (await ann.client.channels(space.id)).items;
    const texts = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    const stored = await ann.client.postBatch(
      texts.map((text) => ({ space: space.id, channel: "general", text })),
    );
    // Off the network until the page, which asks for it, puts it there.
    await ann.client.setOnline(false);
    const { page, faults } = await visit(browser, ann, { serviceWorkers: "block" });
    await page.route(/\/elsewhere/, (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<!doctype html><html lang="en"><title>A page</title><meta name="color-scheme" content="light dark"><style>body { background: light-dark(#fff, #12181d); color: light-dark(#000, #fff) }</style><main></main><script type="module" src="/elsewhere.js"></script>`,
      }),
    );
    await page.route(/\/elsewhere\.js/, (route) =>
      route.fulfill({ contentType: "text/javascript", body: code }),
    );
    await page.goto(`${ann.ready.url}/elsewhere#${space.id}/${general?.id ?? ""}`);
    const rows = page.getByRole("list", { name: "Thread" }).getByRole("listitem");
    await expect.poll(() => rows.count()).toBe(40);
    await page.getByRole("status").first().getByText("No other device is reachable").waitFor();
    expect((await ann.client.status()).online).toBe(true);
    const before = await page.evaluate(() => ({ ...window.drawn }));
    await ann.client.postBatch(
      Array.from({ length: 20 }, (_, n) => ({ space: space.id, channel: "general", text: `new ${n}` })),
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
});

test("the page is built of nothing but the hooks, the client and React", async () => {
  expect(await buildPage()).not.toMatch(/ZodError|sodium/);
}, 30_000);
