/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Two people on two nodes, each in a real browser: the main job, and what a page promises while it is done. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  composer,
  foundSpace,
  inviteBy,
  joinBy,
  latest,
  launchBrowser,
  message,
  visit,
  write,
} from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";
import { readDrawnCode } from "../support/seen-code.ts";

/** Of Enter to painted. */
const ROUNDS = 20;
/** Of a screen that shows 60 a second. */
const FRAME_MS = 1_000 / 60;

const openGeneral = async (page: Page): Promise<void> => {
  await page.getByRole("link", { name: /^general/ }).click();
  await composer(page).waitFor();
};

interface FrameWatch {
  /** When the row with this text was painted first, in ms of the wall clock. */
  painted(text: string): Promise<number>;
  /** The row that was there first. */
  row(text: string): Element | undefined;
}

/** Runs in a page: notes when each row of "frame N" is painted. */
function watchFrames(): void {
  const rows = new Map<string, Element>();
  const times = new Map<string, PromiseWithResolvers<number>>();
  const timeOf = (text: string): PromiseWithResolvers<number> => {
    const time = times.get(text) ?? Promise.withResolvers<number>();
    times.set(text, time);
    return time;
  };
  Object.assign(globalThis, {
    painted: (text: string) => timeOf(text).promise,
    row: (text: string) => rows.get(text),
  } satisfies FrameWatch);
  new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      const article =
        node instanceof Element ? (node.closest("article") ?? node.querySelector("article")) : null;
      const text = /frame \d+/.exec(article?.textContent ?? "")?.[0];
      if (article === null || text === undefined || rows.has(text)) continue;
      rows.set(text, article);
      // Sizes are told within the very frame that lays it out, and what is posted there is run after that frame
      // has been handed to the screen. (A frame asked for here may be the one after.)
      const sizes = new ResizeObserver(() => {
        sizes.disconnect();
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => timeOf(text).resolve(performance.timeOrigin + performance.now());
        port2.postMessage(null);
      });
      sizes.observe(article);
    }
  }).observe(document.body, { subtree: true, childList: true });
}

needs("browser").describe("two people, two nodes, two browsers", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;
  let firstMessageMs = 0;

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    const beganMs = performance.now();
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Climbing");
    await write(a.page, "first");
    await message(a.page, "first").getByText("Saved here").waitFor();
    firstMessageMs = performance.now() - beganMs;
  });

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("expectation 5: the first message is written within a minute, one field a screen", () => {
    console.log(`first message after ${Math.round(firstMessageMs)} ms of a browser that does not hesitate`);
    expect(firstMessageMs).toBeLessThan(60_000);
  });

  test("expectation 4: while nobody else has joined it says so", async () => {
    expect(await message(a.page, "first").innerText()).toContain(
      "Saved here · nobody else is in this space yet",
    );
  });

  test("expectation 14: what an invitation does is said before it is made, and it can be revoked where it was made", async () => {
    const { page } = a;
    await page.getByRole("button", { name: "Invite to Climbing" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Invite to Climbing" });
    await dialog.getByRole("combobox", { name: "They may" }).selectOption("reader");
    await dialog.getByRole("combobox", { name: "How many" }).selectOption("5");
    await dialog.getByText("Up to 5 people may join Climbing within 7 days and read, not write").waitFor();
    await dialog.getByText("nobody is asked").waitFor();
    await checkLooks(page, "invite-of-readers");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    const drawn = dialog.getByRole("img", { name: "QR code" });
    await drawn.waitFor();
    const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
    expect(link).toMatch(/^kith:\/\/join#/);
    expect(await readDrawnCode(drawn)).toBe(link);
    await dialog.getByText("Read, used 0 of 5").waitFor();
    await checkLooks(page, "invite-made");
    await dialog.getByRole("button", { name: "Revoke…" }).click();
    await checkLooks(page, "invite-revoke");
    await dialog.getByRole("button", { name: "Revoke it" }).click();
    await dialog.getByText("Links that still work").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    const { items } = await ann.client.invites((await ann.client.spaces()).items[0]?.id ?? "");
    expect(items.map(({ revoked }) => revoked)).toEqual([true]);
  });

  test("somebody who was invited joins by the link and both write", async () => {
    const link = await inviteBy(a.page, "Climbing");
    b = await visit(browser, ben);
    await joinBy(b.page, "Ben", link);
    await message(b.page, "first").waitFor();
    await write(b.page, "hello from Ben");
    await message(a.page, "hello from Ben").waitFor();
    await write(a.page, "hello from Ann");
    await message(b.page, "hello from Ann").waitFor();
  });

  test("expectation 2: states are counted by device and never go backwards", async () => {
    const { page } = a;
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        const article = [...document.querySelectorAll("article")].find((one) =>
          one.textContent.includes("counted"),
        );
        const mark =
          article?.querySelector('[data-control="aside"]') ?? article?.querySelector("p:last-of-type");
        const words = mark?.textContent ?? "";
        if (seen.at(-1) !== words) seen.push(words);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await write(page, "counted");
    await message(page, "counted").getByText("On 1 of 1 device").waitFor();
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    const order = ["Sending…", "Saved here", "On 1 of 1 device"];
    const places = seen.filter((words) => order.includes(words)).map((words) => order.indexOf(words));
    expect(places).toEqual(places.toSorted((x, y) => x - y));
    expect(places.at(-1)).toBe(2);
  });

  test("expectation 1: a message is painted in the next frame, its row stays the same one, the cursor stays", async () => {
    const { page } = a;
    const here: number[] = [];
    const there: number[] = [];
    for (const watched of [a.page, b.page]) await watched.evaluate(watchFrames);
    await page.evaluate(() => {
      addEventListener(
        "keydown",
        ({ key, timeStamp }) => {
          if (key === "Enter") Object.assign(globalThis, { pressed: performance.timeOrigin + timeStamp });
        },
        { capture: true },
      );
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = `frame ${round}`;
      await composer(page).fill(text);
      // Asked for before and awaited in the pages: a test that looks for the row meanwhile takes time from what it measures.
      const painted = [page, b.page].map((one) =>
        one.evaluate((name) => (globalThis as unknown as FrameWatch).painted(name), text),
      );
      // Nobody types the last letter and Enter within one frame, and nobody keeps time with the frames: each part of
      // one is as likely a moment as any other.
      await page.evaluate(
        (waitMs) => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, waitMs))),
        FRAME_MS + (round / ROUNDS) * FRAME_MS,
      );
      // A finger leaves the key some frames later.
      await page.keyboard.down("Enter");
      const [hereMs = 0, thereMs = 0] = await Promise.all(painted);
      await page.keyboard.up("Enter");
      await message(page, text).getByText("On 1 of 1 device").waitFor({ state: "attached" });
      expect(
        await page.evaluate((name) => (globalThis as unknown as FrameWatch).row(name)?.isConnected, text),
      ).toBe(true);
      expect(await composer(page).evaluate((element) => element === document.activeElement)).toBe(true);
      const pressedMs = await page.evaluate(() => (globalThis as unknown as { pressed: number }).pressed);
      here.push(hereMs - pressedMs);
      there.push(thereMs - pressedMs);
    }
    const median = (all: number[]) => all.toSorted((x, y) => x - y)[all.length >> 1] ?? Infinity;
    console.log(
      `Enter to painted: here ${median(here).toFixed(1)} ms, there ${median(there).toFixed(1)} ms (median of ${ROUNDS})`,
    );
    // Bounds for a machine that others use as well; the figures are what is printed.
    expect(median(here)).toBeLessThan(100);
    expect(median(there)).toBeLessThan(300);
  });

  test("a message that comes draws its own row: those that stand are not drawn again", async () => {
    await b.page.evaluate(() => {
      const drawn: number[] = [];
      Object.assign(globalThis, { drawn });
      // Each row that is drawn puts the time of its message in words.
      const words = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format");
      Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
        get(this: Intl.DateTimeFormat) {
          const format = words?.get?.call(this) as (atMs: number) => string;
          return (atMs: number) => {
            drawn.push(atMs);
            return format(atMs);
          };
        },
      });
    });
    const standing = await b.page.getByRole("article").count();
    expect(standing).toBeGreaterThan(10);
    await write(a.page, "one more row");
    await message(b.page, "one more row").waitFor();
    await message(a.page, "one more row").getByText("On 1 of 1 device").waitFor();
    const drawn = await b.page.evaluate(() => (globalThis as unknown as { drawn: number[] }).drawn);
    // Its own, the one before it, which Tab led to so far, and what else may just have come about one or two.
    expect(drawn.length).toBeGreaterThan(0);
    expect(new Set(drawn).size).toBeLessThan(standing / 2);
  });

  test("reactions are seen by the other, and taken back", async () => {
    await message(a.page, "hello from Ben").hover();
    await message(a.page, "hello from Ben").getByRole("button", { name: "React" }).click();
    await a.page.getByRole("button", { name: "party" }).first().click();
    const there = message(b.page, "hello from Ben").getByRole("button", { name: "🎉, 1" });
    await there.waitFor();
    await message(a.page, "hello from Ben").getByRole("button", { name: "🎉, 1" }).click();
    await there.waitFor({ state: "detached" });
  });

  test("an answer shows what it answers", async () => {
    await message(b.page, "hello from Ann").hover();
    await message(b.page, "hello from Ann").getByRole("button", { name: "Reply" }).click();
    await b.page.getByText("Answering").waitFor();
    await write(b.page, "an answer");
    await message(a.page, "an answer").getByText("hello from Ann").waitFor();
  });

  test("expectation 3: what the node refuses stays, with the reason, Try again and Delete, and is announced once", async () => {
    const { page } = a;
    // Told apart, so that what is waited for is the second refusal and not what the first left on the screen.
    const refusals = ["No key for this channel is here", "Still no key for this channel is here"];
    await page.route("**/api/messages", async (route) => {
      const message = refusals.shift();
      if (message === undefined) return route.fallback();
      const json = { error: { code: "NO_KEY", message, next: "Wait for one" } };
      return route.fulfill({ status: 409, json });
    });
    await write(page, "refused");
    const row = message(page, "refused");
    await row.getByText("No key for this channel is here").waitFor();
    expect(await page.getByRole("status").allInnerTexts()).toContain(
      "Message not sent. No key for this channel is here",
    );
    await row.getByRole("button", { name: "Delete" }).waitFor();
    await row.getByRole("button", { name: "Try again" }).press("Enter");
    await row.getByText("Still no key for this channel is here").waitFor();
    await row.getByRole("button", { name: "Try again" }).press("Enter");
    await message(b.page, "refused").waitFor();
    await page.unroute("**/api/messages");
    expect(await message(page, "refused").count()).toBe(1);
  });

  test("expectation 10: what is unread is counted, mentions stronger, and the count is in the name", async () => {
    await b.page.getByRole("button", { name: "New channel in Climbing" }).click();
    await b.page.getByRole("textbox", { name: "Name of the channel" }).fill("gear");
    await b.page.getByRole("button", { name: "Create", exact: true }).click();
    await b.page.getByRole("link", { name: /^gear/ }).click();
    await b.page.getByRole("textbox", { name: "Message gear" }).waitFor();
    await write(a.page, "nobody in particular");
    await write(a.page, "you, @Ben");
    await b.page.getByRole("link", { name: /^general.*, 2 unread, 1 of them for you/ }).click();
    // Expectation 9: a line above what is new, which goes with the next visit.
    await b.page.getByRole("separator", { name: "New messages" }).waitFor();
    await b.page.getByRole("link", { name: /^general.*unread/ }).waitFor({ state: "detached" });
    for (const { page } of [a, b]) await openGeneral(page);
  });

  test("expectation 11: the network chip says how things stand, in shape and words, and opens the screen", async () => {
    const chip = a.page.getByRole("link", { name: /^Network: Up to date.*1 device reachable/ });
    await chip.click();
    await a.page.getByRole("heading", { name: "Network", level: 1 }).waitFor();
    await a.page.getByRole("rowheader", { name: "Ben" }).waitFor();
    await a.page.getByText("Direct, local network").waitFor();
    await a.page.getByRole("link", { name: "Conversations", exact: true }).click();
    await openGeneral(a.page);
  });

  test("expectation 8: the page holds a window, what is read stays in place, and Latest never steals it", async () => {
    const space = (await ann.client.spaces()).items[0];
    await b.page.getByRole("link", { name: "Network", exact: true }).click();
    const lines = Array.from({ length: 600 }, (_, index) => `line ${index}`);
    for (let at = 0; at < lines.length; at += 200)
      await ann.client.postBatch(
        lines.slice(at, at + 200).map((text) => ({ space: space?.id ?? "", channel: "general", text })),
      );
    // Not what is measured here: two browsers and two nodes share the machine while 600 messages travel.
    await expect
      .poll(async () => (await ben.client.messages({ limit: 1 })).items[0]?.text, { timeout: 15_000 })
      .toBe("line 599");
    await b.page.getByRole("link", { name: "Conversations", exact: true }).click();
    await openGeneral(b.page);
    // It opens at what is new; Latest leads to the end.
    await expect
      .poll(
        async () => {
          if (await latest(b.page).isVisible()) await latest(b.page).click();
          return b.page.getByRole("article", { name: /line 599$/ }).isVisible();
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    const region = b.page.getByRole("region", { name: "Messages in general" });
    const box = await region.boundingBox();
    await b.page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
    for (let turn = 0; turn < 12; turn += 1) {
      await b.page.mouse.wheel(0, -1_500);
      await b.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    await latest(b.page).waitFor();
    const inSight = () =>
      b.page.evaluate(() => {
        const middle = document.elementFromPoint(innerWidth / 2 + 100, innerHeight / 2)?.closest("article");
        return { key: middle?.dataset["key"], top: Math.round(middle?.getBoundingClientRect().top ?? 0) };
      });
    /** Once it has been the same for 20 frames: pages that the scrolling asked for have come, rows are measured. */
    const atRest = async () => {
      for (let last = await inSight(); ;) {
        for (let frame = 0; frame < 20; frame += 1)
          await b.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
        const now = await inSight();
        if (now.key !== undefined && now.key === last.key && now.top === last.top) return now;
        last = now;
      }
    };
    const before = await atRest();
    await write(a.page, "while Ben reads");
    await b.page
      .getByRole("link", { name: /^general/ })
      .getByText("while Ben reads")
      .waitFor();
    const after = await atRest();
    expect(after.key).toBe(before.key);
    expect(Math.abs(after.top - before.top)).toBeLessThan(3);
    await latest(b.page).click();
    await message(b.page, "while Ben reads").waitFor();
    await latest(b.page).waitFor({ state: "detached" });
    expect(await b.page.getByRole("article").count()).toBeLessThan(100);
  });

  test("expectation 20: the list is one stop of Tab; arrows walk it, Enter goes in, Escape comes out", async () => {
    const { page } = a;
    await composer(page).focus();
    await page.keyboard.press("Shift+Tab");
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("article")?.dataset["key"] ?? null);
    const first = await focused();
    expect(first).not.toBeNull();
    await page.keyboard.press("ArrowUp");
    await expect.poll(focused).not.toBe(first);
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("React");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("ARTICLE");
    await page.keyboard.press("Escape");
    expect(await composer(page).evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.locator('article[tabindex="0"]').count()).toBe(1);
  });

  test("expectation 21: one polite voice; the list is a labelled region and no log", async () => {
    expect(await a.page.getByRole("log").count()).toBe(0);
    expect(await a.page.locator('[role="status"][aria-live="polite"]').count()).toBe(1);
    await a.page.getByRole("region", { name: "Messages in general" }).waitFor();
  });

  test("two nodes in one browser do not disturb each other's sign-in", async () => {
    const one = await visit(b.context, ann);
    await openGeneral(one.page);
    await b.page.reload();
    await composer(b.page).waitFor();
    await one.page.reload();
    await composer(one.page).waitFor();
    const names = (await b.context.cookies()).map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    await one.page.close();
  });

  test("[HT17] the pages asked no other host for anything and broke none of their own rules", () => {
    expect([...a.hosts]).toEqual([new URL(ann.ready.url).host]);
    expect([...b.hosts]).toEqual([new URL(ben.ready.url).host]);
    expect([...a.faults, ...b.faults]).toEqual([]);
  });
});
