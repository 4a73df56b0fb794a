/// <reference lib="dom" />
/** A second device of one person, linked, named and removed in the web app: two nodes, and a browser at each. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";
import { readDrawnCode } from "../support/seen-code.ts";

/** What takes a second alone, on a machine that others share. */
const LOADED = { timeout: 60_000 };

const dialog = (page: Page) => page.getByRole("dialog");
const section = (page: Page) => page.getByRole("region", { name: "Your devices" });
const row = (page: Page, name: string) => section(page).getByRole("listitem", { name });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const codeField = (page: Page) => dialog(page).getByRole("textbox", { name: "Digits on the new device" });

async function openDevices(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await section(page).getByRole("listitem").first().waitFor(LOADED);
}

async function linkOf(page: Page): Promise<string> {
  return dialog(page).getByRole("textbox", { name: "Link for a new device" }).inputValue();
}

async function takeLink(page: Page, link: string, name: string): Promise<void> {
  await page.getByRole("textbox", { name: "Link of your other device" }).fill(`Here: ${link}`);
  await page.getByRole("textbox", { name: "What to call this device" }).fill(name);
  await button(page, "Link this device").click();
}

async function digitsOf(page: Page): Promise<string> {
  const shown = await page.getByRole("img", { name: /^Digits: / }).getAttribute("aria-label", LOADED);
  return shown?.replaceAll(/\D/g, "") ?? "";
}

needs("browser").describe("devices of one person in the web app", () => {
  let browser: Browser;
  let laptop: RunningKith;
  let phone: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    [laptop, phone] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "whoever" })]);
    [a, b] = [await visit(browser, laptop), await visit(browser, phone)];
    await foundSpace(a.page, "Ann", "Climbing");
    await write(a.page, "before the phone");
    await message(a.page, "before the phone").waitFor();
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[ID26] [ID30] [ID31] a link is pasted on the new device, its digits are typed on the old one, and nothing else lets it in", async () => {
    await openDevices(a.page);
    await row(a.page, "This device").getByText("Here").waitFor();
    await checkLooks(a.page, "devices-one");
    await button(a.page, "Link a device").click();
    await button(a.page, "Make the link").click();
    const drawn = dialog(a.page).getByRole("img", { name: "The link for a new device as a QR code" });
    await drawn.waitFor();
    await dialog(a.page).getByText("10 minutes more").waitFor();
    await checkLooks(a.page, "link-out");
    const link = await linkOf(a.page);
    expect(await readDrawnCode(drawn)).toBe(link);

    await button(b.page, "This is another device of mine").click();
    await checkLooks(b.page, "take-link");
    await takeLink(b.page, link, "Phone");
    const digits = await digitsOf(b.page);
    expect(digits).toMatch(/^\d{6}$/);
    await checkLooks(b.page, "take-digits");

    await codeField(a.page).waitFor(LOADED);
    await dialog(a.page).getByText("“Phone” has taken the link").waitFor();
    const submit = dialog(a.page).getByRole("button", { name: "Link it" });
    await codeField(a.page).fill(digits.slice(0, 5));
    expect(await submit.isDisabled()).toBe(true);
    await codeField(a.page).fill(digits === "000000" ? "000001" : "000000");
    await submit.click();
    await dialog(a.page).getByRole("alert").filter({ hasText: "not what the new device shows" }).waitFor();
    await checkLooks(a.page, "link-wrong-digits");
    // Not let in by any of that.
    expect((await laptop.client.devices()).items).toHaveLength(1);
    expect((await phone.client.spaces()).items).toEqual([]);

    await codeField(a.page).fill(`${digits.slice(0, 3)} ${digits.slice(3)}`);
    await submit.click();
    await dialog(a.page).getByText("“Phone” is linked").waitFor(LOADED);
    await checkLooks(a.page, "link-done");
    await dialog(a.page).getByRole("button", { name: "Done" }).click();

    // The new device leads into the conversations by itself, with what was written before it.
    await composer(b.page).waitFor(LOADED);
    await message(b.page, "before the phone").waitFor(LOADED);
    await write(b.page, "from the phone");
    await a.page.goto(laptop.ready.url);
    await message(a.page, "from the phone").waitFor(LOADED);
    const authors = (await laptop.client.messages()).items.map(({ authorName }) => authorName);
    expect(authors).toEqual(["Ann", "Ann"]);
    // The page of the new device knows whose it is now: of what it writes itself it says where it is.
    await message(b.page, "from the phone").getByText(/^On /).waitFor(LOADED);
  }, 300_000);

  test("the new device says whose it is, and that the older one is not its to remove", async () => {
    await openDevices(b.page);
    await row(b.page, "Phone").getByText("this device").waitFor();
    await section(b.page).getByText("cannot remove it").waitFor();
    expect(
      await section(b.page)
        .getByRole("button", { name: /^Remove / })
        .count(),
    ).toBe(0);
    await checkLooks(b.page, "devices-new");
  }, 120_000);

  test("a device that is in spaces is told why it takes no link of another person", async () => {
    const ben = await startNode({ name: "Ben" });
    const { link } = await ben.client.offerDevice();
    await button(b.page, "This is the new one…").click();
    await dialog(b.page).getByRole("textbox", { name: "Link of your other device" }).fill("kith://join#abc");
    await dialog(b.page).getByRole("button", { name: "Link this device" }).click();
    await dialog(b.page).getByRole("alert").filter({ hasText: "an invitation into a space" }).waitFor();
    await takeLink(b.page, link, "Phone");
    await dialog(b.page).getByRole("alert").filter({ hasText: "is in spaces of its own" }).waitFor();
    await checkLooks(b.page, "take-refused");
    await b.page.keyboard.press("Escape");
    await ben.stop();
  }, 120_000);

  test("a device is renamed for all", async () => {
    await openDevices(a.page);
    await row(a.page, "Phone").getByText("In reach now").waitFor(LOADED);
    await button(a.page, "Rename Phone").click();
    await dialog(a.page).getByRole("textbox", { name: "Name of the device" }).fill("Old phone");
    await checkLooks(a.page, "rename");
    await a.page.keyboard.press("Enter");
    await row(a.page, "Old phone").waitFor(LOADED);
    await row(b.page, "Old phone").getByText("this device").waitFor(LOADED);
    await phone.client.setOnline(false);
    await row(a.page, "Old phone")
      .getByText(/last seen .*\d/)
      .waitFor(LOADED);
    await phone.client.setOnline(true);
    await row(a.page, "Old phone").getByText("In reach now").waitFor(LOADED);
  }, 120_000);

  test("a link is taken back, and one that is over says why", async () => {
    await button(a.page, "Link a device").click();
    await button(a.page, "Make the link").click();
    await dialog(a.page).getByRole("textbox", { name: "Link for a new device" }).waitFor();
    await a.page.keyboard.press("Escape");
    // Closed is not ended: it is said that it is out.
    await section(a.page).getByText("A link for a new device is out").waitFor();
    await checkLooks(a.page, "devices-link-out");
    await section(a.page).getByRole("button", { name: "Show" }).click();
    await dialog(a.page).getByRole("textbox", { name: "Link for a new device" }).waitFor();
    await laptop.client.endDeviceOffer();
    await dialog(a.page).getByRole("alert").filter({ hasText: "was taken back" }).waitFor(LOADED);
    await checkLooks(a.page, "link-ended");
    await button(a.page, "Make a new link").click();
    await dialog(a.page).getByRole("button", { name: "End the link" }).click();
    await dialog(a.page).waitFor({ state: "detached" });
    expect((await laptop.client.deviceOffers()).items).toEqual([]);
  }, 120_000);

  test("[ID31] a third wrong entry ends the link, in words on both sides; until then a page that is loaded again shows the same digits", async () => {
    const tablet = await startNode({ name: "whoever" });
    const c = await visit(browser, tablet);
    await button(a.page, "Link a device").click();
    await button(a.page, "Make the link").click();
    await dialog(a.page).getByRole("textbox", { name: "Link for a new device" }).waitFor();
    await button(c.page, "This is another device of mine").click();
    await takeLink(c.page, await linkOf(a.page), "Tablet");
    const digits = await digitsOf(c.page);
    await c.page.reload();
    expect(await digitsOf(c.page)).toBe(digits);
    await codeField(a.page).waitFor(LOADED);
    const other = digits === "000000" ? "000001" : "000000";
    for (const ending of ["not what the new device shows", "not what the new device shows", null]) {
      await codeField(a.page).fill(other);
      await dialog(a.page).getByRole("button", { name: "Link it" }).click();
      if (ending !== null)
        await dialog(a.page).getByRole("alert").filter({ hasText: ending }).waitFor(LOADED);
    }
    await dialog(a.page).getByRole("alert").filter({ hasText: "so the link has ended" }).waitFor(LOADED);
    await checkLooks(a.page, "link-wrong-thrice");
    await c.page.getByRole("alert").filter({ hasText: "cancelled on the other device" }).waitFor(LOADED);
    await c.page.getByRole("textbox", { name: "Link of your other device" }).waitFor();
    await checkLooks(c.page, "take-failed");
    expect((await laptop.client.devices()).items).toHaveLength(2);
    expect(c.faults).toEqual([]);
    await a.page.keyboard.press("Escape");
    await c.context.close();
    await tablet.stop();
  }, 180_000);

  test("a device is removed once it was said what that means, and is told so itself", async () => {
    await row(a.page, "Old phone").getByRole("button", { name: "Remove Old phone" }).click();
    await dialog(a.page).getByText("It cannot be undone").waitFor();
    await checkLooks(a.page, "remove");
    await dialog(a.page).getByRole("button", { name: "Keep it" }).click();
    expect((await laptop.client.devices()).items).toHaveLength(2);
    await row(a.page, "Old phone").getByRole("button", { name: "Remove Old phone" }).click();
    await dialog(a.page).getByRole("button", { name: "Remove it" }).click();
    await row(a.page, "Old phone").waitFor({ state: "detached", ...LOADED });
    await b.page.goto(phone.ready.url);
    await b.page.getByText("This device was removed by another device of yours").waitFor(LOADED);
    await a.page.goto(laptop.ready.url);
    await write(a.page, "without the phone");
    await message(a.page, "without the phone").waitFor();
    expect((await laptop.client.devices()).items).toHaveLength(1);
    expect((await phone.client.messages()).items.map(({ text }) => text)).not.toContain("without the phone");
    await b.page.getByRole("link", { name: "Settings", exact: true }).click();
    await section(b.page).getByText("link it as a new device").waitFor(LOADED);
    expect(await section(b.page).getByRole("button").count()).toBe(0);
    await checkLooks(b.page, "removed");
    expect([...a.faults, ...b.faults]).toEqual([]);
  }, 180_000);
});
