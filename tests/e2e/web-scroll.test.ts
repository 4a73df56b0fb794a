/// <reference lib="dom" />
/** The list of messages under somebody's hands: who reads keeps their place, who stands at the end stays there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { foundSpace, inviteBy, joinBy, latest, launchBrowser, message, visit } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

const field = (page: Page) => page.getByRole("textbox", { name: /^Message / });
const region = (page: Page) => page.getByRole("region", { name: /^Messages in / });
const divider = (page: Page) => page.getByRole("separator", { name: "New messages" });

const frames = (page: Page, count: number) =>
  page.evaluate(async (times) => {
    for (let frame = 0; frame < times; frame += 1) await new Promise(requestAnimationFrame);
  }, count);

/** What is read at the top of the list, and how far the list is from its end. */
const place = (page: Page) =>
  page.evaluate(() => {
    const list = document.querySelector("[role=region] > div");
    const { top = 0, left = 0 } = list?.getBoundingClientRect() ?? {};
    const rows = [...document.querySelectorAll("article")];
    const first = rows.find((row) => row.getBoundingClientRect().bottom > top + 1);
    return {
      text: /: (.*)$/.exec(first?.getAttribute("aria-label") ?? "")?.[1] ?? "",
      top: Math.round((first?.getBoundingClientRect().top ?? 0) - top),
      offset: list?.scrollTop ?? 0,
      toEnd: Math.round((list?.scrollHeight ?? 0) - (list?.scrollTop ?? 0) - (list?.clientHeight ?? 0)),
      x: left,
      y: top,
    };
  });

/** Once it has been the same for 20 frames: pages that the scrolling asked for have come, rows are measured. */
const atRest = async (page: Page) => {
  for (let last = await place(page); ;) {
    await frames(page, 20);
    const now = await place(page);
    if (now.text === last.text && now.top === last.top && now.toEnd === last.toEnd) return now;
    last = now;
  }
};

const focused = (page: Page) =>
  page.evaluate(() => {
    const label = document.activeElement?.closest("article")?.getAttribute("aria-label");
    return label?.replace(/^.*?: /, "") ?? document.activeElement?.tagName ?? "";
  });

needs("browser").describe("the list of messages", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let space = "";

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    a = await visit(browser, ann, { viewport: { width: 1_280, height: 800 } });
    await foundSpace(a.page, "Ann", "Climbing");
    space = (await ann.client.spaces()).items[0]?.id ?? "";
    const link = await inviteBy(a.page, "Climbing");
    const b = await visit(browser, ben);
    await joinBy(b.page, "Ben", link);
    await b.page.close();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  /** A channel with so many messages of Ann's, open at its end. */
  async function openChannel(name: string, lines: number, page = a.page): Promise<void> {
    await ann.client.createChannel(space, { name });
    for (let at = 0; at < lines; at += 100)
      await ann.client.postBatch(
        Array.from({ length: Math.min(100, lines - at) }, (_, line) => ({
          space,
          channel: name,
          text: `line ${at + line}`,
        })),
      );
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
    await page.getByRole("textbox", { name: `Message ${name}` }).waitFor();
    if (lines > 0)
      await message(page, `line ${lines - 1}`)
        .last()
        .waitFor();
    await atRest(page);
  }

  const fromBen = async (channel: string, texts: readonly string[]) => {
    await expect
      .poll(async () => (await ben.client.conversations()).items.some((one) => one.name === channel), {
        timeout: 15_000,
      })
      .toBe(true);
    await ben.client.postBatch(texts.map((text) => ({ space, channel, text })));
    await expect
      .poll(async () => (await ann.client.messages({ space, channel, limit: 1 })).items[0]?.text, {
        timeout: 15_000,
      })
      .toBe(texts.at(-1));
  };

  /** A hidden tab, as the page is told of one. */
  const setHidden = (page: Page, isHidden: boolean) =>
    page.evaluate(
      (state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      },
      isHidden ? "hidden" : "visible",
    );

  test("expectation 8: at the very top one page comes, and what was at the top stays there", async () => {
    const { page } = a;
    await openChannel("deep", 1_300);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (/\/api\/messages\?.*before=/.test(request.url())) asked.push(request.url());
    });
    const ways: Record<string, () => Promise<unknown>> = {
      "the offset set to 0": () =>
        page.evaluate(() => document.querySelector("[role=region] > div")?.scrollTo(0, 0)),
      "a wheel": async () => {
        const { x, y } = await place(page);
        await page.mouse.move(x + 200, y + 200);
        await page.mouse.wheel(0, -9_000);
      },
    };
    let first = 1_200;
    for (const [way, scroll] of Object.entries(ways)) {
      asked.length = 0;
      await scroll();
      await expect.poll(() => asked.length, { message: way }).toBe(1);
      const after = await atRest(page);
      expect({ way, text: after.text, top: Math.abs(after.top) < 45 }).toEqual({
        way,
        text: `line ${first}`,
        top: true,
      });
      expect(after.offset).toBeGreaterThan(1_000);
      expect(asked).toHaveLength(1);
      first -= 100;
    }
    await latest(page).click();
    await latest(page).waitFor({ state: "detached" });
    await message(page, "line 1299").waitFor();
  }, 60_000);

  test("expectation 20: Home and End keep the focus in the list, a page at a time, and reach the newest", async () => {
    const { page } = a;
    await field(page).focus();
    await page.keyboard.press("Shift+Tab");
    expect(await focused(page)).toBe("line 1299");
    const firsts: string[] = [];
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press("Home");
      await expect.poll(() => focused(page)).toMatch(/^line \d*00$/);
      const { text, top } = await atRest(page);
      expect(await focused(page)).toBe(text);
      expect(Math.abs(top)).toBeLessThan(45);
      firsts.push(text);
    }
    // Each press goes a page further back: the first page that was loaded may be the newest 100 or 200 of them.
    const steps = firsts.map((text) => Number(text.slice(5)));
    expect(steps.every((line, at) => at === 0 || line === (steps[at - 1] ?? 0) - 100)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => focused(page)).toBe(`line ${(steps.at(-1) ?? 0) + 1}`);
    await page.keyboard.press("End");
    await expect.poll(() => focused(page)).toBe("line 1299");
    expect((await atRest(page)).toEnd).toBeLessThan(2);
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => focused(page)).toBe("line 1298");
    expect(await page.locator('article[tabindex="0"]').count()).toBe(1);
  }, 60_000);

  test("expectation 20: a burst that pushes the focused message out leaves the focus in the list", async () => {
    const { page } = a;
    await openChannel("burst", 90);
    await field(page).focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => focused(page)).toBe("line 88");
    for (let at = 0; at < 400; at += 100)
      await ann.client.postBatch(
        Array.from({ length: 100 }, (_, line) => ({ space, channel: "burst", text: `burst ${at + line}` })),
      );
    await message(page, "burst 399").waitFor();
    await atRest(page);
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => focused(page)).toMatch(/^burst 39\d$/);
  }, 60_000);

  test("expectation 8: a long press that scrolls by selecting is the person's: what comes does not take the place", async () => {
    const { page } = a;
    await openChannel("held", 90);
    const { x, y } = await place(page);
    await page.mouse.move(x + 200, y + 300);
    await page.mouse.down();
    await page.evaluate(async () => {
      const since = performance.now();
      while (performance.now() - since < 1_300) await new Promise(requestAnimationFrame);
    });
    await page.mouse.move(x + 200, y + 20, { steps: 5 });
    for (let step = 0; step < 200 && (await place(page)).toEnd < 300; step += 1)
      await page.mouse.move(x + 200 + (step % 2), y - 40);
    await page.mouse.up();
    expect((await place(page)).toEnd).toBeGreaterThan(200);
    const before = await atRest(page);
    await latest(page).waitFor();
    await ann.client.post({ space, channel: "held", text: "while selecting" });
    await page.getByRole("link", { name: /^held/ }).getByText("while selecting").waitFor();
    const after = await atRest(page);
    expect({ text: after.text, top: after.top }).toEqual({ text: before.text, top: before.top });
  }, 60_000);

  test("expectation 8: at the end one stays at the end while the composer grows and a reaction comes", async () => {
    const { page } = a;
    await openChannel("edge", 60);
    expect((await place(page)).toEnd).toBeLessThan(2);
    await field(page).fill("1\n2\n3\n4\n5\n6\n7\n8");
    await frames(page, 3);
    expect((await place(page)).toEnd).toBeLessThan(2);
    await field(page).fill("");
    await frames(page, 3);
    expect((await place(page)).toEnd).toBeLessThan(2);
    const [last] = (await ann.client.messages({ space, channel: "edge", limit: 1 })).items;
    await ann.client.react(last?.id ?? "", "🎉");
    await message(page, "line 59").getByRole("button", { name: "🎉, 1" }).waitFor();
    await frames(page, 3);
    expect((await place(page)).toEnd).toBeLessThan(2);
    expect(await latest(page).count()).toBe(0);
  });

  test("expectation 9: what came while the thread was open and not looked at has a divider above its first", async () => {
    const { page } = a;
    await openChannel("aside", 60);
    await fromBen("aside", ["seen as it came"]);
    await message(page, "seen as it came").waitFor();
    expect(await divider(page).count()).toBe(0);
    const { x, y } = await place(page);
    await page.mouse.move(x + 200, y + 200);
    await page.mouse.wheel(0, -600);
    await latest(page).waitFor();
    await fromBen("aside", ["below 1", "below 2", "below 3", "below 4", "below 5"]);
    await page.getByRole("link", { name: /^aside.*, 5 unread/ }).waitFor();
    await latest(page).click();
    await divider(page).waitFor();
    await latest(page).waitFor({ state: "detached" });
    const isAbove = (text: string) =>
      message(page, text).evaluate((row) => row.parentElement?.querySelector("[role=separator]") !== null);
    expect([await isAbove("below 1"), await isAbove("below 2")]).toEqual([true, false]);
    await page.getByRole("link", { name: /^aside.*unread/ }).waitFor({ state: "detached" });
    await setHidden(page, true);
    await fromBen("aside", ["hidden 1", "hidden 2"]);
    await page.getByRole("link", { name: /^aside.*, 2 unread/ }).waitFor();
    await setHidden(page, false);
    await message(page, "hidden 2").waitFor();
    expect([await isAbove("below 1"), await isAbove("hidden 1")]).toEqual([false, true]);
    expect((await atRest(page)).toEnd).toBeLessThan(2);
  }, 60_000);

  test("expectation 7: a reload right after scrolling, or another channel, comes back to where one was", async () => {
    const { page } = a;
    await openChannel("kept", 90);
    const { x, y } = await place(page);
    await page.mouse.move(x + 200, y + 200);
    await page.mouse.wheel(0, -700);
    await expect.poll(async () => (await place(page)).toEnd).toBeGreaterThan(500);
    await frames(page, 5);
    const before = await place(page);
    await page.reload();
    await field(page).waitFor();
    const reloaded = await atRest(page);
    expect(reloaded.text).toBe(before.text);
    expect(Math.abs(reloaded.top - before.top)).toBeLessThan(3);
    await page.mouse.move(x + 200, y + 200);
    await page.mouse.wheel(0, -300);
    await expect.poll(async () => (await place(page)).offset).toBeLessThan(reloaded.offset - 200);
    await frames(page, 5);
    const further = await place(page);
    await page.getByRole("link", { name: /^edge/ }).click();
    await page.getByRole("textbox", { name: "Message edge" }).waitFor();
    await page.getByRole("link", { name: /^kept/ }).click();
    await page.getByRole("textbox", { name: "Message kept" }).waitFor();
    const back = await atRest(page);
    expect(back.text).toBe(further.text);
    expect(Math.abs(back.top - further.top)).toBeLessThan(3);
  }, 60_000);

  test("looking at one's own message moves nothing", async () => {
    const { page } = a;
    await openChannel("still", 12);
    await page.mouse.move(5, 5);
    const tops = () =>
      page
        .getByRole("article")
        .evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().top)));
    const before = await tops();
    await message(page, "line 3").hover();
    await message(page, "line 3")
      .getByText(/^On \d of|^Saved here/)
      .waitFor();
    expect(await tops()).toEqual(before);
  });

  test("a finger reaches what can be done with a message, and nothing that it does not see", async () => {
    const phone: BrowserContextOptions = {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    };
    const { page, context } = await visit(browser, ann, phone);
    await page.getByRole("link", { name: /^still/ }).click();
    const row = message(page, "line 5");
    await row.waitFor();
    await atRest(page);
    const reply = row.getByRole("button", { name: "Reply" });
    const box = await reply.boundingBox();
    await page.touchscreen.tap((box?.x ?? 0) + 14, (box?.y ?? 0) + 24);
    await expect
      .poll(() =>
        row.locator("div:has(> [aria-label=Reply])").evaluate((tools) => getComputedStyle(tools).opacity),
      )
      .toBe("1");
    expect(await page.getByText("Answering").count()).toBe(0);
    await reply.tap();
    await page.getByText("Answering").waitFor();
    await context.close();
  });

  test("a reaction that the node refuses is told where one sees it", async () => {
    const { page } = a;
    const refusal = { error: { code: "NOT_ALLOWED", message: "Your role may not", next: "Ask an admin" } };
    await page.route("**/reactions", (route) => route.fulfill({ status: 403, json: refusal }), { times: 1 });
    await message(page, "line 3").hover();
    await message(page, "line 3").getByRole("button", { name: "React" }).click();
    await page.getByRole("button", { name: "party" }).first().click();
    const note = page.getByText("The reaction was not saved. Your role may not. Ask an admin");
    await note.waitFor();
    expect(await note.evaluate((element) => element.closest(".sr-only"))).toBeNull();
    await page.getByRole("button", { name: "Close this note" }).click();
    await note.waitFor({ state: "detached" });
  });

  test("who may only read is offered no answer and no reaction", async () => {
    const cleo = await startNode({ name: "Cleo" });
    const { link } = await ann.client.createInvite(space, { role: "reader" });
    const { page, context } = await visit(browser, cleo);
    await page.getByRole("textbox", { name: "Your name" }).fill("Cleo");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "I have an invitation" }).click();
    await page.getByRole("textbox", { name: "Invitation link" }).fill(link);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await page.getByRole("link", { name: /^edge/ }).click();
    await page.getByText("your role is reader").waitFor();
    await message(page, "line 59").hover();
    await message(page, "line 59").getByRole("img", { name: "🎉, 1" }).waitFor();
    expect(
      await region(page)
        .getByRole("button", { name: /Reply|React|🎉/ })
        .count(),
    ).toBe(0);
    await context.close();
  }, 60_000);

  test("[HT17] the page broke none of its own rules", () => expect(a.faults).toEqual([]));
});
