/// <reference lib="dom" />
/** Forgetting everything on a device, from the page of its node. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { giveName, launchBrowser, message, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("beginning anew", () => {
  let browser: Browser;
  let ann: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, a, b } = await visitTwo(browser));
    await write(a.page, "a word that stays with Ben");
    await message(b.page, "a word that stays with Ben").waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const dialog = () => a.page.getByRole("dialog", { name: "Forget everything on this device?" });
  const word = () => dialog().getByRole("textbox", { name: "Type “forget” to go on" });
  const go = () => dialog().getByRole("button", { name: "Forget everything" });

  test("what is lost and what stays with others is said, and nothing happens before the word is typed", async () => {
    await a.page.getByRole("link", { name: "Settings", exact: true }).click();
    const open = a.page.getByRole("button", { name: "Forget everything…" });
    await open.click();
    await dialog().getByText("Lost, for good").waitFor();
    await dialog().getByText("Stays with others").waitFor();
    await dialog().getByText("nobody can bring you back").waitFor();
    await checkLooks(a.page, "forget-everything");
    for (const typed of ["", "yes", "forge"]) {
      await word().fill(typed);
      await word().press("Enter");
      expect(await go().isDisabled()).toBe(true);
    }
    await dialog().getByRole("button", { name: "Keep everything" }).click();
    await dialog().waitFor({ state: "detached" });
    await open.click();
    expect(await word().inputValue()).toBe("");
    expect((await ann.client.status()).nodeId).toBe(ann.ready.deviceId);
  }, 120_000);

  test("[HT118] the word typed, the same page shows the first screen of another device, signed in", async () => {
    const other = await a.context.newPage();
    await other.goto(ann.ready.url);
    await message(other, "a word that stays with Ben").waitFor();
    await word().fill("forget");
    await word().press("Enter");
    await a.page.getByRole("textbox", { name: "Your name" }).waitFor();
    await checkLooks(a.page, "begun-anew");
    // Led there by itself: what the browser had for the one before is worth nothing.
    const me = await a.page.evaluate(async () => (await fetch("/api/me")).json());
    expect(me).toMatchObject({ nodeId: expect.not.stringContaining(ann.ready.deviceId) });
    await expect(ann.client.status()).rejects.toMatchObject({ status: 401 });
    // Another tab, signed in with this one or before it was: nothing of what it had read is left on it.
    await other.getByRole("heading", { name: /Welcome to Kith|Sign in to this node/ }).waitFor();
    expect(await other.getByText("a word that stays with Ben").count()).toBe(0);
    await giveName(a.page, "Anew");
    await a.page.getByRole("button", { name: "Create a space" }).waitFor();
  }, 120_000);

  test("nothing of before is on the device; the other keeps what they have, and is told nothing", async () => {
    const files = readdirSync(ann.dataDir, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name)).toString("latin1");
      expect([name, bytes.includes(ann.ready.apiToken), bytes.includes("Climbing")]).toEqual([
        name,
        false,
        false,
      ]);
    }
    expect(
      await a.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
    ).not.toContain(ann.ready.deviceId);
    await b.page.reload();
    await message(b.page, "a word that stays with Ben").waitFor();
    await b.page.getByRole("link", { name: "People", exact: true }).click();
    await b.page.getByRole("button", { name: "Ann", exact: true }).waitFor();
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 120_000);
});
