/// <reference lib="dom" />
/** Asking somebody into a group that is there already, as two people see it, each in a browser of their own node. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, visitTwo } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("asking into a group", () => {
  let browser: Browser;
  let ann: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, a, b } = await visitTwo(browser));
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[IN23] somebody is asked into a group that is there already, by keyboard, and is a member once they accept", async () => {
    await ann.client.createSpace({ name: "Picnic", kind: "group" });
    await a.page.getByRole("link", { name: "People", exact: true }).click();
    await a.page.getByRole("heading", { name: "Members of Climbing" }).waitFor();
    expect(await a.page.getByRole("button", { name: "Ask somebody" }).count()).toBe(0);
    await a.page.getByRole("navigation", { name: "Spaces" }).getByRole("link", { name: "Picnic" }).click();
    await a.page.getByRole("button", { name: "Ask somebody" }).click();
    const dialog = a.page.getByRole("dialog", { name: "Ask somebody into Picnic" });
    expect(await dialog.getByRole("button", { name: "Ask", exact: true }).isDisabled()).toBe(true);
    await dialog.getByRole("checkbox", { name: /^Ben/ }).focus();
    await a.page.keyboard.press("Space");
    await checkLooks(a.page, "ask-into");
    await dialog.getByRole("button", { name: "Ask", exact: true }).focus();
    await a.page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await a.page.getByText("Asked, and not here yet: Ben").waitFor();
    await checkLooks(a.page, "asked-into");
    await a.page.getByRole("button", { name: "Ask somebody" }).click();
    await dialog.getByText("Everybody you know is in it or asked already.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await b.page.goto(new URL("/requests", b.page.url()).href);
    const request = b.page.getByRole("listitem", { name: "Request of Ann" });
    await request.getByText("Picnic").waitFor();
    await request.getByRole("button", { name: "Accept" }).click();
    await a.page.getByText("Asked, and not here yet: Ben").waitFor({ state: "detached" });
    await a.page.getByRole("button", { name: "Verify Ben" }).waitFor();
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 240_000);
});
