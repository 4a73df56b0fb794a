/// <reference lib="dom" />
/** Codes read by a camera: Chromium shows a film of one in its place. Without a camera, or leave to use it, words. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { composer, giveName, launchBrowser, visit } from "../support/browser.ts";
import { endEverything, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";
import { cameraOf, showToCamera } from "../support/seen-code.ts";

/** What takes a second alone, on a machine that others share. */
const LOADED = { timeout: 60_000 };

/** What a page of these tests keeps of its cameras. */
declare global {
  interface Window {
    cameraTracks: MediaStreamTrack[];
    /** Cameras are given once this is called; null: at once. */
    giveCamera: (() => void) | null;
  }
}

const scanButton = (place: Page | Locator) => place.getByRole("button", { name: "Scan a code" });
const scanner = (page: Page) => page.getByRole("dialog", { name: /^Scan / });

/** A context whose pages can tell whether a camera is on. */
async function watchCameras(browser: Browser, { isLate = false } = {}): Promise<BrowserContext> {
  const context = await browser.newContext();
  await context.addInitScript((late) => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    window.cameraTracks = [];
    window.giveCamera = null;
    mediaDevices.getUserMedia = async (wanted) => {
      if (late) await new Promise<void>((resolve) => (window.giveCamera = resolve));
      const stream = await open(wanted);
      window.cameraTracks.push(...stream.getTracks());
      return stream;
    };
  }, isLate);
  return context;
}

const camerasOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => window.cameraTracks.map(({ readyState }) => readyState));

/** Every camera that the page ever opened is off, and there was one. */
async function expectOff(page: Page): Promise<void> {
  await expect.poll(async () => [...new Set(await camerasOf(page))], LOADED).toEqual(["ended"]);
}

needs("browser").describe("codes read by a camera", () => {
  let film: string;
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let page: Page;
  let faults: readonly string[];

  beforeAll(async () => {
    film = join(temporaryDirectory(), "camera.y4m");
    showToCamera(film, null);
    browser = await launchBrowser(cameraOf(film));
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    await ann.client.createSpace({ name: "Climbing" });
    ({ page, faults } = await visit(await watchCameras(browser), ben));
    await giveName(page, "Ben");
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("the decoder is no part of the first load, and comes from the node when the camera is asked for", async () => {
    await page.getByRole("button", { name: "I have an invitation" }).click();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await scanButton(page).click();
    await scanner(page).getByText("Hold the code of the invitation before the camera").waitFor(LOADED);
    expect(asked.filter((path) => /^\/assets\/scan-dialog-.*\.js$/.test(path))).toHaveLength(1);
    await checkLooks(page, "scan-searching");
    expect(await camerasOf(page)).toEqual(["live"]);
    await page.keyboard.press("Escape");
    await scanner(page).waitFor({ state: "detached" });
    await expectOff(page);
  }, 120_000);

  test("a camera that is taken away is said to be", async () => {
    await scanButton(page).click();
    await scanner(page).getByText("Hold the code of the invitation before the camera").waitFor(LOADED);
    await page.evaluate(() => window.cameraTracks.at(-1)?.stop());
    await scanner(page).getByText("was switched off or taken away").waitFor(LOADED);
    await scanner(page).getByRole("button", { name: "Try again" }).click();
    await scanner(page).getByText("Hold the code of the invitation before the camera").waitFor(LOADED);
    await scanner(page).getByRole("button", { name: "Stop" }).click();
    await expectOff(page);
  }, 120_000);

  test("a code of another kind is told from the one that is wanted, and looked past", async () => {
    showToCamera(film, (await ann.client.offerDevice()).link);
    await scanButton(page).click();
    await scanner(page).getByText("This is the link of a device").waitFor(LOADED);
    await checkLooks(page, "scan-other");
    await scanner(page).getByRole("button", { name: "Stop" }).click();
    await expectOff(page);
    expect((await ben.client.joins()).items).toEqual([]);
  }, 120_000);

  test("an invitation is scanned, and its space joined", async () => {
    const { link } = await ann.client.createInvite("Climbing");
    showToCamera(film, link);
    await scanButton(page).click();
    await composer(page).waitFor(LOADED);
    await expect
      .poll(async () => (await ann.client.members("Climbing")).items.map(({ name }) => name).sort(), LOADED)
      .toEqual(["Ann", "Ben"]);
    await expectOff(page);
  }, 180_000);

  test("[ID42] [ID62] what the other's device shows is scanned: another number is told aloud, the same one verifies", async () => {
    const { items } = await ben.client.members("Climbing");
    const other = items.find(({ self }) => !self)?.person ?? "";
    const { digits } = await ben.client.verification(other);
    await page.getByRole("link", { name: "People", exact: true }).click();
    await page.getByRole("button", { name: "Verify Ann" }).first().click(LOADED);
    const dialog = page.getByRole("dialog", { name: "Verify Ann", exact: true });
    await dialog.getByLabel("Digits").waitFor(LOADED);

    showToCamera(film, null);
    await scanButton(dialog).click();
    await scanner(page).getByText("Hold the code that their device shows").waitFor(LOADED);
    await checkLooks(page, "scan-over-dialog");
    await page.keyboard.press("Escape");
    await scanner(page).waitFor({ state: "detached" });
    await dialog.waitFor();
    await expectOff(page);

    showToCamera(film, `${digits.slice(0, -1)}${(Number(digits.at(-1)) + 1) % 10}`);
    await scanButton(dialog).click();
    await dialog.getByRole("alert").filter({ hasText: "It does not match" }).waitFor(LOADED);
    await expectOff(page);
    expect(await ben.client.verification(other)).toMatchObject({ state: "unverified" });

    showToCamera(film, digits);
    await scanButton(dialog).click();
    await dialog.getByText(/^Verified on /).waitFor(LOADED);
    await expectOff(page);
    expect(await ben.client.verification(other)).toMatchObject({ state: "verified" });
    expect(faults).toEqual([]);
  }, 180_000);

  test("the link of one's other device is scanned, and the digits are shown", async () => {
    const phone = await startNode({ name: "whoever" });
    const visited = await visit(await watchCameras(browser), phone);
    showToCamera(film, (await ann.client.offerDevice()).link);
    await visited.page.getByRole("button", { name: "This is another device of mine" }).click();
    await scanButton(visited.page).click();
    await visited.page.getByRole("img", { name: /^Digits: / }).waitFor(LOADED);
    await expectOff(visited.page);
    expect(visited.faults).toEqual([]);
    await visited.context.close();
    await phone.stop();
  }, 180_000);

  test("a camera that is given after the dialog was closed does not stay on", async () => {
    const late = await visit(await watchCameras(browser, { isLate: true }), ben);
    await late.page.goto(`${ben.ready.url}/join`);
    await scanButton(late.page).click();
    await scanner(late.page).getByText("asks whether this page may use the camera").waitFor(LOADED);
    await late.page.waitForFunction(() => window.giveCamera !== null);
    await late.page.keyboard.press("Escape");
    await scanner(late.page).waitFor({ state: "detached" });
    await late.page.evaluate(() => window.giveCamera?.());
    await late.page.waitForFunction(() => window.cameraTracks.length === 1);
    await expectOff(late.page);
    await late.context.close();
  }, 120_000);
});

needs("browser").describe("where no camera can be used", () => {
  let browser: Browser;
  let node: RunningKith;

  beforeAll(async () => {
    node = await startNode({ name: "Cem" });
  }, 120_000);

  afterAll(endEverything);

  async function openJoin(context: BrowserContext): Promise<Page> {
    const { page } = await visit(context, node);
    await page.goto(`${node.ready.url}/join`);
    await page.getByRole("textbox", { name: "Invitation link" }).waitFor(LOADED);
    return page;
  }

  test("a browser that does not let the page is said to, with what to do about it", async () => {
    browser = await launchBrowser(["--use-fake-device-for-media-stream", "--deny-permission-prompts"]);
    const page = await openJoin(await browser.newContext());
    await scanButton(page).click();
    await scanner(page).getByText("does not let this page use the camera").waitFor(LOADED);
    await scanner(page).getByText("Allow it by the sign beside the page").waitFor();
    await checkLooks(page, "scan-refused");
    await scanner(page).getByRole("button", { name: "Try again" }).click();
    await scanner(page).getByText("does not let this page use the camera").waitFor(LOADED);
    await browser.close();
  }, 120_000);

  test("a machine without a camera is said to be one, and a page without the interface offers none", async () => {
    browser = await launchBrowser([
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream=device-count=0",
    ]);
    const context = await browser.newContext();
    const page = await openJoin(context);
    await scanButton(page).click();
    await scanner(page).getByText("No camera was found").waitFor(LOADED);
    // As a page that came by plain HTTP from another machine.
    const bare = await browser.newContext();
    await bare.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, "mediaDevices");
    });
    expect(await scanButton(await openJoin(bare)).count()).toBe(0);
    await browser.close();
  }, 120_000);
});
