/// <reference lib="dom" />
/** An owner lets messages of a channel disappear, others see after what time, and they go from both pages by themselves. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchBrowser, message, visitTwo } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("disappearing messages", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, ben, a, b } = await visitTwo(browser));
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const dialog = (page = a.page) => page.getByRole("dialog", { name: "Disappearing messages" });
  const time = (page = a.page) => dialog(page).getByRole("combobox", { name: "Messages disappear after" });
  const save = (page = a.page) => dialog(page).getByRole("button", { name: "Save" }).click();
  /** As who may not change it sees it. */
  const sign = (words: string) =>
    b.page
      .getByRole("paragraph")
      .filter({ hasText: "Messages here disappear after" })
      .getByText(words, { exact: true });
  const post = (node: RunningKith, text: string, replyTo?: string) =>
    node.client.post({
      space: "Climbing",
      channel: "general",
      text,
      ...(replyTo !== undefined && { replyTo }),
    });

  test("[HT112] the owner chooses a time, own or offered; the other sees it in the head and cannot change it", async () => {
    await a.page.getByRole("button", { name: "Let messages in general disappear" }).click();
    expect(await time().locator("option").allTextContents()).toEqual([
      "Off: they stay",
      "1 hour",
      "1 day",
      "1 week",
      "4 weeks",
      "Another time",
    ]);
    await time().selectOption("Another time");
    await dialog().getByRole("textbox", { name: "How many" }).fill("400");
    await save();
    await dialog().getByText("A whole number: a minute to a year.").waitFor();
    await checkLooks(a.page, "dialog");
    await dialog().getByRole("textbox", { name: "How many" }).fill("1");
    await dialog().getByRole("combobox", { name: "Unit" }).selectOption("minutes");
    await save();
    await dialog().waitFor({ state: "detached" });
    await a.page.getByRole("button", { name: "Change: messages here disappear after 1 minute" }).waitFor();
    await sign("1 minute").waitFor();
    expect(await b.page.getByRole("button", { name: /disappear/ }).count()).toBe(0);
  }, 90_000);

  test("[HT113] [HT114] a message says when it disappears, and is gone from both pages when its minute is over; its answer says so", async () => {
    const { id, expires } = await post(ann, "for a minute");
    expect(expires).not.toBeNull();
    for (const { page } of [a, b])
      await message(page, "for a minute")
        .getByRole("img", { name: /^Disappears .+/ })
        .waitFor();
    await checkLooks(b.page, "sign");
    // Meanwhile: what is posted after another choice stays longer.
    await a.page.getByRole("button", { name: /^Change: .* 1 minute$/ }).click();
    await time().selectOption("1 week");
    await save();
    await sign("1 week").waitFor();
    await post(ben, "an answer", id);
    for (const { page } of [a, b]) await message(page, "an answer").getByText("for a minute").waitFor();
    // The one that is over goes by itself; nothing else is.
    for (const { page } of [a, b]) {
      await message(page, "an answer")
        .getByText("Answers a message that has disappeared")
        .waitFor({ timeout: 100_000 });
      expect(await page.getByText("for a minute").count()).toBe(0);
    }
    await checkLooks(a.page, "gone");
    const { items } = await ben.client.messages({ space: "Climbing" });
    expect(items.map(({ text }) => text)).toEqual(["an answer"]);
    await expect(ann.client.message(id)).rejects.toMatchObject({ code: "MESSAGE_EXPIRED" });
    await a.page.reload();
    await message(a.page, "an answer").getByText("Answers a message that has disappeared").waitFor();
  }, 180_000);

  test("[HT112] the sign goes from the other's open page when messages stay again", async () => {
    await sign("1 week").waitFor();
    await a.page.getByRole("button", { name: /^Change: .* 1 week$/ }).click();
    await time().selectOption("Off: they stay");
    await save();
    await sign("1 week").waitFor({ state: "detached" });
    await a.page.getByRole("button", { name: "Let messages in general disappear" }).waitFor();
    await checkLooks(b.page, "sign-gone");
  }, 90_000);

  test("[SP131] in a private channel whoever is in it chooses, and the other's open page shows it each time", async () => {
    await ann.client.createChannel("Climbing", { name: "ropes", private: true, people: ["Ben"] });
    for (const { page } of [a, b]) await page.getByRole("link", { name: /^Private channel: ropes/ }).click();
    const off = "Let messages in ropes disappear";
    const choices = [
      [b.page, off, "1 day", "Change: messages here disappear after 1 day"],
      [
        a.page,
        "Change: messages here disappear after 1 day",
        "4 weeks",
        "Change: messages here disappear after 4 weeks",
      ],
      [b.page, "Change: messages here disappear after 4 weeks", "Off: they stay", off],
    ] as const;
    for (const [page, shown, choice, next] of choices) {
      await page.getByRole("button", { name: shown }).click();
      await time(page).selectOption(choice);
      await save(page);
      for (const one of [a, b]) await one.page.getByRole("button", { name: next }).waitFor();
      if (choice === "1 day") await checkLooks(a.page, "sign-by-another");
    }
    expect([...a.faults, ...b.faults]).toEqual([]);
  }, 120_000);
});
