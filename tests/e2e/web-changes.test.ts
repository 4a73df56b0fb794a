/// <reference lib="dom" />
/** Messages that change, as two people on two nodes see them: edited in place, deleted with a way back, and by the keyboard alone. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { composer, launchBrowser, message, visit, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

const field = (page: Page): Locator => page.getByRole("textbox", { name: "Edit the message" });
const entry = (page: Page, name: string): Locator =>
  page.getByRole("dialog", { name: "What to do with the message" }).getByRole("button", { name });

async function openMenu(page: Page, text: string): Promise<void> {
  // What quotes it stands below.
  const row = message(page, text).first();
  await row.hover();
  await row.getByRole("button", { name: "More" }).click();
}

/** Runs in a page: what is to be done in six seconds is done when the test says so, however slow the machine is. */
function holdUndo(): void {
  const held: (() => void)[] = [];
  const real = globalThis.setTimeout.bind(globalThis);
  const hold = (run: () => void, delayMs?: number): unknown =>
    delayMs === 6_000 ? held.push(run) : real(run, delayMs);
  Object.assign(globalThis, { setTimeout: hold, letPass: () => held.splice(0).forEach((run) => run()) });
}

const letPass = (page: Page): Promise<void> =>
  page.evaluate(() => (globalThis as unknown as { letPass(): void }).letPass());

needs("browser").describe("messages that change, in two browsers", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, ben, a, b } = await visitTwo(browser));
  });

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[HT100] a message is edited in its own place; the other sees the new text and what it said before", async () => {
    const { page } = a;
    await write(page, "meet at the lighthouse");
    await message(b.page, "meet at the lighthouse").waitFor();
    await openMenu(page, "meet at the lighthouse");
    await checkLooks(page, "menu");
    await entry(page, "Edit").click();
    await field(page).fill("meet at the pier");
    await checkLooks(page, "editing");
    await page.keyboard.press("Enter");
    await message(page, "meet at the pier")
      .getByRole("button", { name: /^Edited/ })
      .waitFor();
    const there = message(b.page, "meet at the pier");
    await there.getByRole("button", { name: /^Edited/ }).click();
    await b.page.getByText("meet at the lighthouse").waitFor();
    await b.page.getByText("As it was written").waitFor();
    await checkLooks(b.page, "history");
    await b.page.keyboard.press("Escape");
  });

  test("expectation 19: the arrow up in an empty field edits the last own message; Escape leaves it, and the cursor goes back", async () => {
    const { page } = a;
    await write(page, "teh last one");
    await message(page, "teh last one").getByText("On 1 of 1 device").waitFor();
    await composer(page).press("ArrowUp");
    expect(await field(page).inputValue()).toBe("teh last one");
    await field(page).fill("something else");
    await page.keyboard.press("Escape");
    await message(page, "teh last one").waitFor();
    expect(await composer(page).evaluate((element) => element === document.activeElement)).toBe(true);
    await composer(page).press("ArrowUp");
    await field(page).fill("the last one");
    await page.keyboard.press("Enter");
    await message(b.page, "the last one").waitFor();
    expect(await composer(page).evaluate((element) => element === document.activeElement)).toBe(true);
    // With something in the field the arrow is the field's.
    await composer(page).fill("half");
    await composer(page).press("ArrowUp");
    expect(await field(page).count()).toBe(0);
    await composer(page).fill("");
  });

  test("[HT100] a deletion can be taken back before it is sent, and then reaches everybody, quotes included", async () => {
    const { page } = a;
    await page.evaluate(holdUndo);
    await write(page, "something rude");
    const there = message(b.page, "something rude");
    await there.waitFor();
    await there.hover();
    await there.getByRole("button", { name: "Reply" }).click();
    await write(b.page, "that was rude");
    for (const each of [page, b.page])
      await message(each, "that was rude").getByText("something rude").waitFor();

    await openMenu(page, "something rude");
    await entry(page, "Delete for everyone").click();
    const gone = page.getByRole("article", { name: /Message deleted/ });
    await checkLooks(page, "undo");
    await gone.getByRole("button", { name: "Undo" }).click();
    await page.getByText("something rude").first().waitFor();
    expect((await ben.client.messages({})).items.some(({ deleted }) => deleted)).toBe(false);

    await openMenu(page, "something rude");
    await entry(page, "Delete for everyone").click();
    await gone.getByRole("button", { name: "Undo" }).waitFor();
    await letPass(page);
    await gone.getByRole("button", { name: "Undo" }).waitFor({ state: "detached" });
    await b.page.getByText("something rude").first().waitFor({ state: "detached" });
    await message(b.page, "that was rude").getByText("Message deleted").waitFor();
    await checkLooks(b.page, "deleted");
    expect(JSON.stringify(await ben.client.messages({}))).not.toContain("something rude");
  });

  test("expectation 20: by the keyboard alone: into the message, its menu, and out; an admin deletes what another wrote", async () => {
    const { page } = a;
    await write(b.page, "from Ben, to be taken away");
    const row = message(page, "from Ben, to be taken away");
    await row.waitFor();
    await row.focus();
    await page.keyboard.press("Enter");
    for (let step = 0; step < 3; step += 1) {
      const isThere = await row
        .getByRole("button", { name: "More" })
        .evaluate((element) => element === document.activeElement);
      if (isThere) break;
      await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("Enter");
    await entry(page, "Copy text").waitFor();
    expect(await entry(page, "Edit").count()).toBe(0);
    await page.keyboard.press("Escape");
    await entry(page, "Copy text").waitFor({ state: "detached" });
    await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);
    // Once more, by the menu key.
    await row.dispatchEvent("contextmenu", { button: 0 });
    await entry(page, "Copy text").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await letPass(page);
    await page.getByText("from Ben, to be taken away").first().waitFor({ state: "detached" });
    await b.page.getByText("from Ben, to be taken away").first().waitFor({ state: "detached" });
    expect([...a.faults, ...b.faults]).toEqual([]);
  });

  test("[HT103] a message is pinned from its menu, and found by the other behind the pin at the head of the channel", async () => {
    await openMenu(a.page, "the last one");
    await entry(a.page, "Pin").click();
    await message(a.page, "the last one").getByLabel("Pinned", { exact: true }).waitFor();
    await message(b.page, "the last one").getByLabel("Pinned", { exact: true }).waitFor();
    await b.page.getByRole("button", { name: "Pinned messages" }).click();
    const list = b.page.getByRole("dialog", { name: "Pinned messages" });
    await list.getByText("Pinned by Ann").waitFor();
    await checkLooks(b.page, "pins");
    await list.getByRole("button", { name: "Unpin" }).click();
    await list.getByText("Nothing is pinned here").waitFor();
    await message(a.page, "the last one")
      .getByLabel("Pinned", { exact: true })
      .waitFor({ state: "detached" });
    await b.page.keyboard.press("Escape");
  });

  test("a finger that rests on a message opens its menu, and one that scrolls does not", async () => {
    const phone = await visit(browser, ann, { viewport: { width: 390, height: 780 }, hasTouch: true });
    const { page } = phone;
    await page.getByRole("link", { name: /^general/ }).click();
    const row = message(page, "the last one");
    await row.waitFor();
    const touch = (type: string, y = 10): Promise<void> =>
      row.dispatchEvent(type, { pointerType: "touch", clientX: 100, clientY: y, bubbles: true });
    await touch("pointerdown");
    await touch("pointermove", 60);
    await touch("pointerup", 60);
    await touch("pointerdown");
    await entry(page, "Edit").waitFor();
    await touch("pointerup");
    await entry(page, "Edit").click();
    await field(page).waitFor();
    await field(page).press("Escape");
    expect(phone.faults).toEqual([]);
    await phone.context.close();
  });
});
