/// <reference lib="dom" />
/** Somebody came one too many over an invitation: the admin decides in the browser, and the newcomer's page says what came of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { findViolations, foundSpace, launchBrowser, visit } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { comeOneTooMany } from "../support/one-too-many.ts";
import { needs } from "../support/require.ts";

const looks = [
  ["light", { width: 1_280, height: 800 }],
  ["dark", { width: 1_280, height: 800 }],
  ["light", { width: 390, height: 780 }],
] as const;

needs("browser").describe("one too many over an invitation", () => {
  let browser: Browser;
  let ann: RunningKith;
  let a: Visit;
  let newcomer: Visit;
  let name: string;
  const violations: string[] = [];

  async function check(page: Page, screen: string): Promise<void> {
    for (const [colorScheme, viewport] of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      for (const one of await findViolations(page))
        violations.push(`${screen}, ${colorScheme} ${viewport.width}: ${one}`);
      const directory = process.env["KITH_PICTURES"];
      if (directory !== undefined)
        await page.screenshot({ path: `${directory}/${screen}-${colorScheme}-${viewport.width}.png` });
    }
    await page.setViewportSize(looks[0][1]);
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    const [first, ben, eva, fay] = await Promise.all(
      ["Ann", "Ben", "Eva", "Fay"].map((each) => startNode({ name: each })),
    );
    if (!first || !ben || !eva || !fay) throw new Error("four nodes were started");
    ann = first;
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Harbour");
    await ben.client.join((await ann.client.createInvite("Harbour")).link, { waitMs: 60_000 });
    const one = await comeOneTooMany([ann, ben, eva, fay], "Harbour");
    ({ name } = one.waiting);
    newcomer = await visit(browser, one.newcomer);
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[HT104] who waits is told so, the admin refuses beside approving, and the newcomer reads by whom", async () => {
    await newcomer.page.getByText("an owner or admin of the space decides").first().waitFor();
    await check(newcomer.page, "waiting-newcomer");
    await a.page.getByRole("link", { name: /^Message requests/ }).click();
    const row = a.page.getByRole("listitem", { name: `${name} waits to be let in` });
    await row.getByRole("button", { name: "Let in" }).waitFor();
    await check(a.page, "waiting-admin");
    await row.getByRole("button", { name: "Refuse…" }).click();
    await row.getByText("They are told that it was you").waitFor();
    await check(a.page, "refusing");
    await row.getByRole("button", { name: `Refuse ${name}` }).click();
    await row.waitFor({ state: "detached" });
    await newcomer.page.getByText("Ann refused.").first().waitFor();
    await check(newcomer.page, "refused-newcomer");
    await newcomer.page.reload();
    await newcomer.page.getByText("Ann refused.").first().waitFor();
    expect(violations).toEqual([]);
  }, 120_000);
});
