/// <reference lib="dom" />
/** Where several read: somebody who was verified and has changed is spoken of before one writes. EXPERIENCE 16. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composer, launchBrowser, message, visit, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("a changed identity among several", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;
  let stranger: RunningKith;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, ben, a, b } = await visitTwo(browser));
    await write(b.page, "a word of Ben");
    await message(a.page, "a word of Ben").waitFor();
    await ann.client.verifyPerson("Ben");
    for (const name of ["ropes", "knots"])
      await ann.client.createChannel("Climbing", { name, private: true, people: ["Ben"] });
    await ann.client.createChannel("Climbing", { name: "topo" });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const changed = () => a.page.getByRole("region", { name: "The identity of Ben has changed" });
  const button = (name: string) => a.page.getByRole("button", { name, exact: true });
  const channel = (name: RegExp) => a.page.getByRole("link", { name }).click();
  const field = (name: string) => a.page.getByRole("textbox", { name: `Message ${name}` });

  test("[ID66] somebody else comes under the name of who was verified: nothing is written before it was looked at", async () => {
    expect(await changed().count()).toBe(0);
    await composer(a.page).fill("half a thought");
    const link = await ann.client.createInvite("Climbing");
    stranger = await startNode({ name: "Ben" });
    await stranger.client.join(link.link);
    // By itself, on the open page.
    await changed().getByText("You have verified somebody else called Ben").waitFor();
    expect(await composer(a.page).count()).toBe(0);
    await message(a.page, "a word of Ben").hover();
    expect(await message(a.page, "a word of Ben").getByRole("button", { name: "Reply" }).count()).toBe(0);
    await checkLooks(a.page, "changed-among-several");
  }, 120_000);

  test("[ID66] another open channel, which was not looked at meanwhile, holds back as well when it is opened", async () => {
    await channel(/^topo/);
    await a.page.getByRole("heading", { name: "topo", level: 1 }).waitFor();
    await changed().waitFor();
    expect(await field("topo").count()).toBe(0);
    await checkLooks(a.page, "changed-elsewhere");
    await channel(/^general/);
    await changed().getByText("You have verified somebody else called Ben").waitFor();
  }, 120_000);

  test("[ID66] who says so writes nevertheless, reads it above the field, and finds what was begun", async () => {
    await button("Write nevertheless").focus();
    await a.page.keyboard.press("Enter");
    await composer(a.page).waitFor();
    await expect.poll(() => composer(a.page).inputValue()).toBe("half a thought");
    await a.page.getByText("The identity of Ben has changed, and they read here.").waitFor();
    await checkLooks(a.page, "let-be");
    await write(a.page, "to everybody, also to whoever this is");
    await message(b.page, "to everybody, also to whoever this is").waitFor();
    // Another page has said nothing.
    const again = await visit(a.context, ann);
    await again.page.getByRole("region", { name: "The identity of Ben has changed" }).waitFor();
    expect(await composer(again.page).count()).toBe(0);
    await again.page.close();
  }, 120_000);

  test("[ID66] a private channel is held back once they are in it, whatever was said of the open ones", async () => {
    await channel(/^Private channel: ropes/);
    await field("ropes").waitFor();
    await a.page.getByText("they read here").waitFor({ state: "detached" });
    const { person } = await stranger.client.status();
    await ann.client.addChannelMember("Climbing", "ropes", person);
    await changed().waitFor();
    expect(await field("ropes").count()).toBe(0);
    await channel(/^general/);
    await composer(a.page).waitFor();
    await a.page.getByText("they read here").waitFor();
  }, 120_000);

  test("[ID66] so is one that was not open when somebody else added them, and what was begun in it is kept", async () => {
    await channel(/^Private channel: knots/);
    await field("knots").fill("half a knot");
    await channel(/^general/);
    await composer(a.page).waitFor();
    await ben.client.addChannelMember("Climbing", "knots", (await stranger.client.status()).person);
    await expect
      .poll(async () => (await ann.client.channelMembers("Climbing", "knots")).items.length, {
        timeout: 30_000,
      })
      .toBe(3);
    // What is open stays as it was.
    await composer(a.page).waitFor();
    await channel(/^Private channel: knots/);
    await changed().waitFor();
    expect(await field("knots").count()).toBe(0);
    await a.page.getByText("What you wrote was not sent. It is kept as your draft: “half a knot”").waitFor();
    await checkLooks(a.page, "changed-not-open");
    await channel(/^general/);
    await a.page.getByText("they read here").waitFor();
  }, 120_000);

  test("[ID64] [ID66] what was let be is looked at again, and withdrawing the verification ends it everywhere", async () => {
    await button("Look at it").click();
    await changed().waitFor();
    expect(await composer(a.page).count()).toBe(0);
    await changed().getByRole("button", { name: "Withdraw the verification" }).click();
    await composer(a.page).waitFor();
    await a.page.getByText("they read here").waitFor({ state: "detached" });
    await channel(/^Private channel: ropes/);
    await field("ropes").waitFor();
    await channel(/^Private channel: knots/);
    await expect.poll(() => field("knots").inputValue()).toBe("half a knot");
    expect(await changed().count()).toBe(0);
    for (const { faults } of [a, b]) expect(faults).toEqual([]);
  }, 120_000);
});
