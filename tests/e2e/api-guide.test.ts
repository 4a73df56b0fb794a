/** Every call of docs/API.md, as it stands there, against real nodes; and the page of the surface in a browser. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findViolations, launchBrowser, visit } from "../support/browser.ts";
import { fits, readGuide, runCall } from "../support/guide.ts";
import { endEverything, startNode, temporaryDirectory } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";
import { root } from "../tidy/project.ts";

afterAll(endEverything);

const calls = readGuide(readFileSync(join(root, "docs/API.md"), "utf8"));

test("what stands below a call is compared whole, but for an ellipsis", () => {
  const answer = { isJson: true, text: '{"id":"…","n":[…]}' };
  expect(fits('{"id":"a","n":[1]}', answer)).toBe(true);
  expect(fits('{"id":"a","n":[1],"more":1}', answer)).toBe(false);
  expect(fits('{"id":"a","n":[1}]}', answer)).toBe(false);
  expect(fits('x{"id":"a","n":[1]}', answer)).toBe(false);
  expect(fits("a [1] b", { isJson: false, text: "[1]…b" })).toBe(true);
});

test("every call of the API guide answers what the guide says", { timeout: 300_000 }, async () => {
  const [setUp, ...rest] = calls;
  expect(rest.length).toBeGreaterThan(25);
  for (const { answer, code } of rest) expect(answer, code).not.toBeNull();
  const homes = { own: temporaryDirectory(), other: temporaryDirectory() };
  for (const home of Object.values(homes)) mkdirSync(home, { recursive: true });
  const own = await startNode({ name: "Ann", dataDir: join(homes.own, ".kith") });
  const other = await startNode({ name: "Ben", dataDir: join(homes.other, ".kith") });
  const known: Record<string, string> = {};
  for (const call of rest) {
    const [node, home] = call.place === "other" ? [other, homes.other] : [own, homes.own];
    const before = (setUp?.code ?? "").replace("http://127.0.0.1:8888", node.ready.url);
    expect(before).toContain(node.ready.url);
    const path = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
    const env = { ...process.env, ...known, HOME: home, PATH: path };
    const output = await runCall(call, { cwd: root, env, before });
    if (call.answer === null || !fits(output, call.answer))
      expect.fail(`${call.code}\nanswered\n${output}\nand not\n${call.answer?.text}`);
    for (const [name, pattern] of [
      ["ID", /"id":"([^"]+)"/],
      ["LINK", /"link":"(kith:[^"]+)"/],
    ] as const) {
      const found = pattern.exec(output)?.[1];
      if (found !== undefined) known[name] = found;
    }
  }
});

needs("browser")(
  "[HT70] the page of the surface is readable in light and dark and at a phone's width, and is searched without a script",
  async () => {
    const node = await startNode({ name: "Ann" });
    const browser = await launchBrowser();
    try {
      const { context, page, faults, hosts } = await visit(browser, node);
      for (const [colorScheme, width] of [
        ["light", 1_280],
        ["dark", 1_280],
        ["dark", 390],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await page.goto(`${node.ready.url}/docs`);
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
        // Of the whole page axe would look at some ten thousand elements.
        await page.goto(`${node.ready.url}/docs?q=reactions+post`);
        await page.locator("summary").click();
        await page.getByText("Scope: send").waitFor();
        expect(await findViolations(page)).toEqual([]);
        const pictures = process.env["KITH_TEST_PICTURES"];
        if (pictures !== undefined)
          await page.screenshot({ path: join(pictures, `docs-${colorScheme}-${width}.png`) });
      }
      await page.getByRole("searchbox").fill("typing");
      await page.getByRole("button", { name: "Find" }).click();
      await page.getByText("Show all").waitFor();
      expect(await page.locator("details").count()).toBeLessThan(8);
      expect(faults).toEqual([]);
      expect([...hosts]).toEqual([new URL(node.ready.url).host]);
      await context.close();
    } finally {
      await browser.close();
    }
  },
  120_000,
);
