/// <reference lib="dom" />
/** The links of a space in the dialog that makes them: which still work, which do not any more, and why. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { foundSpace, launchBrowser, visit } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("links of a space", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Climbing");
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const dialog = () => a.page.getByRole("dialog", { name: "Invite to Climbing" });
  const open = () => a.page.getByRole("button", { name: "Invite to Climbing" }).first().click();
  const working = () => dialog().getByRole("region", { name: "Links that still work" }).getByRole("listitem");
  const over = () => dialog().getByRole("region", { name: "Links that no longer work" });
  const overs = () => over().getByRole("listitem").allTextContents();

  const members = (words: string) => a.page.getByRole("link", { name: `${words} of Climbing`, exact: true });

  test("a link that was made for one is used up when somebody has come by it, on the page that is open", async () => {
    await members("1 member").waitFor();
    await open();
    expect(await over().count()).toBe(0);
    await dialog().getByRole("button", { name: "Make the link" }).click();
    const link = await dialog().getByRole("textbox", { name: "Link" }).inputValue();
    await working().getByText("Read and write, used 0 of 1").waitFor();
    await ben.client.join(link, { waitMs: 30_000 });
    await over().waitFor();
    expect(await overs()).toEqual(["Read and write, used 1 of 1 used up"]);
    expect(await working().count()).toBe(0);
    await checkLooks(a.page, "link-used-up");
  }, 90_000);

  test("one whose time is over says when that was, one that was revoked that it was; neither can be revoked", async () => {
    await dialog().getByRole("button", { name: "Another" }).click();
    await dialog().getByRole("combobox", { name: "They may" }).selectOption("reader");
    await dialog().getByRole("combobox", { name: "Link works for" }).selectOption("1h");
    await dialog().getByRole("button", { name: "Make the link" }).click();
    await working().getByText("Read, used 0 of 1").waitFor();
    await ann.client.createInvite("Climbing", { uses: 5, expires: "1d" });
    await working().filter({ hasText: "used 0 of 5" }).getByRole("button", { name: "Revoke…" }).click();
    await dialog().getByRole("button", { name: "Revoke it" }).click();
    await over().getByText("used 0 of 5").waitFor();
    await a.page.keyboard.press("Escape");
    await members("2 members").waitFor();
    await a.page.clock.setFixedTime(Date.now() + 3_700_000);
    await open();
    await expect
      .poll(overs)
      .toEqual([
        "Read and write, used 0 of 5 revoked",
        expect.stringMatching(/^Read, used 0 of 1 expired on .*20\d\d/) as string,
        "Read and write, used 1 of 1 used up",
      ]);
    expect(await working().count()).toBe(0);
    expect(await over().getByRole("button").count()).toBe(0);
    await checkLooks(a.page, "links-over");
  }, 90_000);

  test("of many the last are shown first, the others when they are asked for", async () => {
    for (let made = 0; made < 4; made += 1) {
      const { id } = await ann.client.createInvite("Climbing");
      await ann.client.revokeInvite("Climbing", id);
    }
    await over().getByRole("button", { name: "Show 2 more" }).waitFor();
    expect((await overs()).map((words) => words.split(" ").at(-1))).toEqual(Array(5).fill("revoked"));
    await checkLooks(a.page, "links-over-many");
    await over().getByRole("button", { name: "Show 2 more" }).click();
    await expect.poll(overs).toHaveLength(7);
    expect((await overs()).at(-1)).toBe("Read and write, used 1 of 1 used up");
    expect(a.faults).toEqual([]);
  }, 90_000);
});
