/// <reference lib="dom" />
/** Recovery and verification as people meet them, each in a browser of their own node. EXPERIENCE 15, 16, 17 and 29. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  composer,
  foundSpace,
  giveName,
  inviteBy,
  joinBy,
  launchBrowser,
  message,
  visit,
  write,
} from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";
import { readDrawnCode } from "../support/seen-code.ts";

const PASSPHRASE = "four words nobody guesses";
/** On a machine that others share, what takes a second alone. */
const LOADED = { timeout: 60_000 };

needs("browser").describe("recovery and verification", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;
  let words: string[] = [];
  let file = "";

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    [a, b] = [await visit(browser, ann), await visit(browser, ben)];
    await foundSpace(a.page, "Ann", "Climbing");
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const rail = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).click();
  const press = (page: Page, name: string | RegExp) =>
    page.getByRole("button", { name, exact: true }).click();
  const nudge = (page: Page) => page.getByRole("complementary", { name: "If you lose this device" });
  const gone = (page: Page) => page.getByRole("dialog").waitFor({ state: "detached" });
  const member = (page: Page, name: string) =>
    page.getByRole("listitem").filter({ has: page.getByRole("button", { name: `Verify ${name}` }) });

  test("EXPERIENCE 29: recovery is spoken of after the first real conversation, not before, and is put away for good", async () => {
    await write(a.page, "is anybody there?");
    expect(await nudge(a.page).count()).toBe(0);
    await joinBy(b.page, "Ben", await inviteBy(a.page, "Climbing"));
    await write(b.page, "I am");
    await nudge(a.page).waitFor(LOADED);
    await nudge(b.page).waitFor(LOADED);
    await checkLooks(a.page, "nudge");
    await nudge(b.page).getByRole("button", { name: "Do not remind me of recovery" }).click();
    await nudge(b.page).waitFor({ state: "detached" });
    await b.page.reload();
    await composer(b.page).waitFor();
    await write(b.page, "put away");
    expect(await nudge(b.page).count()).toBe(0);
  }, 240_000);

  test("EXPERIENCE 29: the words are shown, checked by three of them with the keyboard alone, and a wrong one is told", async () => {
    await nudge(a.page).getByRole("button", { name: "See to it" }).click();
    await a.page.getByRole("heading", { name: "If you lose this device" }).waitFor();
    await checkLooks(a.page, "settings");
    const open = a.page.getByRole("button", { name: "Write down the words" });
    await open.focus();
    await a.page.keyboard.press("Enter");
    await a.page.getByRole("dialog", { name: "Your 24 words" }).waitFor();
    await checkLooks(a.page, "words warning");
    await press(a.page, "Show the words");
    const shown = a.page.getByRole("dialog").getByRole("listitem");
    await shown.nth(23).waitFor();
    words = (await shown.allInnerTexts()).map((text) => text.replace(/^\d+\.\s*/, "").trim());
    expect(words).toHaveLength(24);
    await checkLooks(a.page, "words");
    await press(a.page, "I have written them down");
    const fields = a.page.getByRole("textbox", { name: /^Word \d+$/ });
    await fields.nth(2).waitFor();
    await checkLooks(a.page, "words check");
    for (const field of await fields.all()) await field.fill("zoo");
    await a.page.keyboard.press("Enter");
    await a.page.getByRole("alert").getByText("Not what was shown").waitFor();
    for (const field of await fields.all()) {
      const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? "");
      await field.fill(words[Number(label.replace(/\D/g, "")) - 1] ?? "");
    }
    await a.page.keyboard.press("Enter");
    await gone(a.page);
    await a.page.getByText(/Your words were checked on/).waitFor();
  }, 240_000);

  test("EXPERIENCE 29: a backup is made, opened again before it counts, saved, and checked from its file", async () => {
    await press(a.page, "Make a backup");
    await a.page.getByRole("radio", { name: /^A passphrase as well/ }).check();
    await a.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await checkLooks(a.page, "backup");
    await press(a.page, "Make it");
    await a.page.getByText("It opens, and all in it verifies.").waitFor(LOADED);
    await checkLooks(a.page, "backup made");
    const [download] = await Promise.all([
      a.page.waitForEvent("download"),
      a.page.getByRole("link", { name: "Save the file" }).click(),
    ]);
    file = join(temporaryDirectory(), "ann.backup");
    await download.saveAs(file);
    await a.page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await press(a.page, "Check a backup");
    await a.page.getByLabel("Backup file").setInputFiles(file);
    await a.page.getByLabel("Passphrase", { exact: true }).fill("not this one at all");
    await press(a.page, "Check");
    await a.page.getByRole("alert").getByText("does not open").waitFor(LOADED);
    await a.page.getByLabel("Passphrase", { exact: true }).fill("");
    await press(a.page, "Check");
    await a.page.getByText("It opens, and all in it verifies.").waitFor(LOADED);
    await checkLooks(a.page, "backup checked");
    await a.page.keyboard.press("Escape");
    await gone(a.page);
  }, 240_000);

  test("EXPERIENCE 15 and 17: two compare by words, digits or eye, both confirm; what differs is told plainly; the list counts", async () => {
    await rail(a.page, "People");
    await a.page.getByText("0 of 1 verified").waitFor();
    await press(a.page, "Verify Ben");
    const dialog = a.page.getByRole("dialog", { name: "Verify Ben" });
    await dialog.getByText("Not verified yet").waitFor();
    await checkLooks(a.page, "verify");
    const mine = await ben.client.verification("Ann");
    expect((await dialog.getByLabel("Digits").innerText()).replace(/\D/g, "")).toBe(mine.digits);
    expect(await readDrawnCode(dialog.getByRole("img", { name: /^Code of you and/ }))).toBe(mine.digits);
    const seen = dialog.getByRole("textbox", { name: "What their device shows" });
    await seen.fill(mine.digits.replace(/^./, (first) => String((Number(first) + 1) % 10)));
    await press(a.page, "Compare");
    await dialog.getByRole("alert").getByText("It does not match").waitFor();
    await checkLooks(a.page, "mismatch");
    await seen.fill(mine.words.join(" "));
    await a.page.keyboard.press("Enter");
    await dialog.getByText(/^Verified on/).waitFor();
    await checkLooks(a.page, "verified");
    await press(a.page, "Done");
    await gone(a.page);
    await a.page.getByText("1 of 1 verified").waitFor();
    await member(a.page, "Ben").getByText("Verified", { exact: true }).waitFor();
    await checkLooks(a.page, "people");
    // The other has said nothing yet, and does so by eye.
    await rail(b.page, "People");
    await b.page.getByText("0 of 1 verified").waitFor();
    await press(b.page, "Verify Ann");
    await press(b.page, "They are the same");
    await b.page
      .getByRole("dialog")
      .getByText(/^Verified on/)
      .waitFor();
    await press(b.page, "Withdraw");
    await b.page.getByRole("dialog").getByText("Not verified yet").waitFor();
    await press(b.page, "They are the same");
    await press(b.page, "Done");
    await b.page.getByText("1 of 1 verified").waitFor();
  }, 240_000);

  test("[ID66] EXPERIENCE 16: a verified person who was restored is not written to before one has compared again or withdrawn", async () => {
    await press(b.page, "Message Ann");
    await b.page.getByRole("textbox", { name: "Message Ann" }).waitFor();
    await write(b.page, "just the two of us");
    await rail(a.page, "Conversations");
    await a.page.getByRole("link", { name: "Message requests" }).click();
    await a.page
      .getByRole("button", { name: /^Accept/ })
      .first()
      .click();
    await a.page.getByRole("textbox", { name: "Message Ben" }).waitFor(LOADED);
    await write(a.page, "hello Ben");
    await message(b.page, "hello Ben").waitFor(LOADED);
    const backup = join(temporaryDirectory(), "later.backup");
    await rail(a.page, "Settings");
    await press(a.page, "Make a backup");
    await press(a.page, "Make it");
    const [download] = await Promise.all([
      a.page.waitForEvent("download"),
      a.page.getByRole("link", { name: "Save the file" }).click(LOADED),
    ]);
    await download.saveAs(backup);
    await ann.kill();

    // Ann again, on another machine, in a browser, by the words.
    const fresh = await startNode({ name: "Nobody" });
    const c = await visit(browser, fresh);
    await giveName(c.page, "Nobody");
    await press(c.page, "I was here before");
    await c.page.getByRole("textbox", { name: "Your 24 words" }).waitFor();
    await checkLooks(c.page, "restore");
    await c.page.getByLabel("Backup file").setInputFiles(backup);
    await c.page
      .getByRole("textbox", { name: "Your 24 words" })
      .fill([...words.slice(1), words[0]].join(" "));
    await press(c.page, "Bring me back");
    await c.page.getByRole("alert").getByText("not the recovery words").waitFor(LOADED);
    await c.page.getByRole("textbox", { name: "Your 24 words" }).fill(words.join(" "));
    await checkLooks(c.page, "restore filled");
    await press(c.page, "Bring me back");
    await message(c.page, "hello Ben").waitFor(LOADED);
    expect((await fresh.client.status()).person).toBe((await ben.client.verification("Ann")).person);

    const changed = b.page.getByRole("region", { name: "The identity of Ann has changed" });
    await changed.waitFor(LOADED);
    await changed.getByText(/by their recovery words/).waitFor();
    expect(await b.page.getByRole("textbox", { name: "Message Ann" }).count()).toBe(0);
    await checkLooks(b.page, "changed");
    await changed.getByRole("button", { name: "Withdraw the verification" }).click();
    await b.page.getByRole("textbox", { name: "Message Ann" }).waitFor();
    // Of somebody who is not verified it is a notice, and one may write.
    await b.page
      .getByRole("status")
      .getByText(/by their recovery words/)
      .waitFor();
    await checkLooks(b.page, "notice");
    await press(b.page, "Verify Ann");
    await press(b.page, "They are the same");
    await press(b.page, "Done");
    await gone(b.page);
    await b.page.getByText(/by their recovery words/).waitFor({ state: "detached" });
    await write(b.page, "it was you");
    await message(c.page, "it was you").waitFor(LOADED);
    for (const { faults } of [a, b, c]) expect(faults).toEqual([]);
  }, 300_000);
});
