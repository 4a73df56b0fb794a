/// <reference lib="dom" />
/** Name, status and picture as a person changes them, and as others see them a moment later. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { foundSpace, inviteBy, joinBy, launchBrowser, message, visit } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { until } from "../support/one-too-many.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

/** One red pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

const settings = (page: Page) => page.getByRole("link", { name: "Settings" });

needs("browser").describe("a profile", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    a = await visit(browser, ann, { viewport: { width: 1_280, height: 900 } });
    await foundSpace(a.page, "Ann", "Climbing");
    const link = await inviteBy(a.page, "Climbing");
    b = await visit(browser, ben);
    await joinBy(b.page, "Ben", link);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[SP151] [SP152] a status and a picture are everybody's to see a moment later", async () => {
    await settings(a.page).click();
    await a.page.getByRole("textbox", { name: "Status" }).fill("on the wall till six");
    await a.page.getByRole("button", { name: "Save", exact: true }).first().click();
    await a.page
      .getByLabel("Picture file")
      .setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PNG });
    await a.page.getByRole("button", { name: "Change the picture" }).waitFor();
    const { person } = await ann.client.me();
    await b.page.getByRole("link", { name: /members? of Climbing/ }).click();
    await b.page.getByText("on the wall till six").waitFor();
    const picture = b.page.locator(`img[src^="/api/people/${person}/avatar"]`);
    await picture.waitFor();
    // It was drawn anew as a small square: no byte of the file that was chosen is left.
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 10_000 })
      .toBe(128);
    await checkLooks(b.page, "people-with-pictures");
    // Beside what they write, and with who talks to them.
    await ann.client.post({ space: "Climbing", channel: "general", text: "the rope is wet" });
    await b.page.getByRole("link", { name: "Go to general" }).click();
    await message(b.page, "the rope is wet").locator(`img[src^="/api/people/${person}/avatar"]`).waitFor();
    const { id: space, channels } = await ben.client.direct({ person });
    await ben.client.post({ space, channel: channels[0]?.id ?? "", text: "are you there?" });
    const request = await until(async () => (await ann.client.requests()).items[0] ?? null);
    await ann.client.acceptRequest(request.id);
    await b.page
      .getByRole("link", { name: /^Ann/ })
      .locator(`img[src^="/api/people/${person}/avatar"]`)
      .waitFor();
    expect([...a.faults, ...b.faults]).toEqual([]);
  }, 180_000);

  test("[SP151] another name is on the other's open pages a moment later, in the thread, the list and among the members", async () => {
    const { page } = b;
    const rename = async (name: string): Promise<void> => {
      await a.page.getByRole("textbox", { name: "Your name" }).fill(name);
      await a.page.getByRole("button", { name: "Save", exact: true }).first().click();
    };
    // A page that is drawn anew would have lost this.
    await page.evaluate(() => (document.documentElement.dataset["kept"] = "yes"));
    await page.getByRole("link", { name: /^general/ }).click();
    await message(page, "the rope is wet").getByText("Ann", { exact: true }).waitFor();
    await rename("Annabel");
    await message(page, "the rope is wet").getByText("Annabel", { exact: true }).waitFor();
    expect(await message(page, "the rope is wet").getByText("Ann", { exact: true }).count()).toBe(0);
    await page.getByRole("link", { name: /Annabel/ }).waitFor();
    await page.getByRole("link", { name: /members? of Climbing/ }).click();
    const members = page.getByRole("region", { name: "Members of Climbing" });
    await members.getByText("Annabel", { exact: true }).waitFor();
    await checkLooks(page, "renamed");
    await rename("Ann");
    await members.getByText("Ann", { exact: true }).waitFor();
    expect(await members.getByText("Annabel").count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.dataset["kept"])).toBe("yes");
    expect([...a.faults, ...b.faults]).toEqual([]);
  }, 120_000);

  test("what is no picture is refused in words, and the one before stays", async () => {
    await a.page
      .getByLabel("Picture file")
      .setInputFiles({ name: "me.svg", mimeType: "image/png", buffer: Buffer.from("<svg onload=alert(1)>") });
    await a.page.getByText("This file is no picture that your browser can read.").waitFor();
    await a.page.getByRole("button", { name: "Change the picture" }).waitFor();
  });

  test("the form is right for everybody", async () => {
    await a.page.getByRole("textbox", { name: "Status" }).waitFor();
    await checkLooks(a.page, "profile");
  });

  test("a picture is taken back", async () => {
    await a.page.getByRole("button", { name: "Remove it" }).click();
    await a.page.getByRole("button", { name: "Choose a picture" }).waitFor();
    await expect
      .poll(async () => (await ben.client.members("Climbing")).items.map(({ avatar }) => avatar), {
        timeout: 10_000,
      })
      .toEqual([null, null]);
  });
});
