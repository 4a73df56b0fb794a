/// <reference lib="dom" />
/** To somebody whose identity has changed nothing goes by a side way either: what begins a conversation, is tried again, or waits. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

const POSTS = "**/api/messages";

needs("browser").describe("what would go to a changed identity", () => {
  let browser: Browser;
  let ann: RunningKith;
  let stranger: RunningKith;
  let another: RunningKith;
  let a: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    let ben: RunningKith;
    [ann, ben, stranger, another] = await Promise.all([
      startNode({ name: "Ann" }),
      startNode({ name: "Ben" }),
      startNode({ name: "BEN" }),
      startNode({ name: "ben" }),
    ]);
    a = await visit(browser, ann, { serviceWorkers: "block" });
    await foundSpace(a.page, "Ann", "Climbing");
    await ben.client.join((await ann.client.createInvite("Climbing")).link);
    await ann.client.verifyPerson("Ben");
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const changed = () => a.page.getByRole("region", { name: "The identity of BEN has changed" });
  const button = (name: string) => a.page.getByRole("button", { name, exact: true });
  const open = (page: Page, name: RegExp) => page.getByRole("link", { name }).click();
  const posted = async () => (await ann.client.messages({ limit: 50 })).items.map(({ text }) => text);

  test("[ID66] what was refused is not tried again, and what waited is held, once somebody who has changed reads there", async () => {
    const json = { error: { code: "NOT_ALLOWED", message: "not here", next: "ask" } };
    await a.page.route(POSTS, (route) => route.fulfill({ status: 403, json }));
    await write(a.page, "refused before");
    await message(a.page, "refused before").getByRole("button", { name: "Try again" }).waitFor();
    await a.page.unroute(POSTS);
    await a.page.route(POSTS, (route) => route.abort());
    await write(a.page, "waited before");
    await message(a.page, "waited before").getByText("Waiting for this node").waitFor();
    await stranger.client.join((await ann.client.createInvite("Climbing")).link);
    await changed().waitFor();
    await a.page.unroute(POSTS);
    await message(a.page, "waited before").getByText("Held back, not sent yet").waitFor();
    expect(await button("Try again").count()).toBe(0);
    expect(await button("Delete").count()).toBe(2);
    expect(await posted()).toEqual([]);
    await checkLooks(a.page, "held");
  }, 120_000);

  test("[ID66] a reload lets nothing out either", async () => {
    const asked = a.page.waitForEvent("dialog").then((dialog) => dialog.accept());
    await a.page.reload();
    await asked;
    await message(a.page, "waited before").getByText("Held back, not sent yet").waitFor();
    expect(await button("Try again").count()).toBe(0);
    expect(await posted()).toEqual([]);
  }, 60_000);

  test("[ID66] what was held goes out once its person writes nevertheless, and what was refused may be tried again", async () => {
    await button("Write nevertheless").click();
    await message(a.page, "waited before")
      .getByText(/^Saved here|^On /)
      .waitFor();
    await button("Try again").click();
    await message(a.page, "refused before")
      .getByText(/^Saved here|^On /)
      .waitFor();
    expect((await posted()).toSorted()).toEqual(["refused before", "waited before"]);
  }, 60_000);

  test("[ID66] what was done to messages while the node was away is held too: an edit with its words, and no reaction is given", async () => {
    const row = (text: string) => message(a.page, text);
    const edited = () => a.page.getByRole("textbox", { name: "Edit the message" });
    const edit = async (text: string, next: string): Promise<void> => {
      await row(text).hover();
      await row(text).getByRole("button", { name: "More" }).click();
      await button("Edit").click();
      await edited().fill(next);
    };
    const failed = (method: string) =>
      a.page.waitForEvent("requestfailed", (request) => request.method() === method);
    const reactions = async () =>
      (await ann.client.messages({ limit: 50 })).items.flatMap((each) => each.reactions);
    // As of a node that is away: the page says it again once the stream is back.
    await a.page.route("**/api/messages/*", (route) => route.abort());
    await a.page.route("**/api/messages/*/reactions", (route) => route.abort());
    await edit("waited before", "said otherwise");
    await Promise.all([failed("PATCH"), edited().press("Enter")]);
    await row("refused before").hover();
    await row("refused before").getByRole("button", { name: "React", exact: true }).click();
    await Promise.all([failed("POST"), a.page.getByRole("button", { name: "thumbs up" }).first().click()]);
    // One more field is open when it happens.
    await edit("refused before", "said late");
    await another.client.join((await ann.client.createInvite("Climbing")).link);
    await changed().nth(1).waitFor();
    await edited().press("Enter");
    await row("said late").getByText("Change held back, not sent yet").waitFor();
    await a.page.unroute("**/api/messages/*");
    await a.page.unroute("**/api/messages/*/reactions");
    await row("said otherwise").getByText("Change held back, not sent yet").waitFor();
    await a.page.getByText("The reaction was not saved.").first().waitFor();
    expect((await posted()).toSorted()).toEqual(["refused before", "waited before"]);
    expect(await reactions()).toEqual([]);
    await checkLooks(a.page, "edit-held");
    await row("said late").getByRole("button", { name: "Take it back" }).click();
    await row("refused before").waitFor();
    await button("Write nevertheless").click();
    await expect.poll(posted).toContain("said otherwise");
    expect((await posted()).toSorted()).toEqual(["refused before", "said otherwise"]);
    expect(await reactions()).toEqual([]);
  }, 120_000);

  test("[ID66] while it is not known who reads, nothing is sent yet", async () => {
    let answer = (): void => undefined;
    const known = new Promise<void>((resolve) => (answer = resolve));
    await a.page.route("**/members", async (route) => {
      await known;
      await route.continue();
    });
    await a.page.reload();
    await composer(a.page).waitFor();
    await write(a.page, "too early");
    await message(a.page, "too early").getByText("Sending…").waitFor();
    await message(a.page, "said otherwise").hover();
    expect(await message(a.page, "said otherwise").getByRole("button", { name: "Reply" }).count()).toBe(0);
    answer();
    await message(a.page, "too early").getByText("Held back, not sent yet").waitFor();
    expect(await posted()).not.toContain("too early");
    await a.page.unroute("**/members");
    await button("Delete").click();
    await message(a.page, "too early").waitFor({ state: "detached" });
  }, 60_000);

  test("[ID66] a conversation with one who has changed is opened, and its first message waits as the draft", async () => {
    await a.page.getByRole("button", { name: "New space" }).click();
    const dialog = a.page.getByRole("dialog");
    await dialog.getByRole("radio", { name: /^One person/ }).check();
    await dialog.getByRole("radio", { name: /^B?\s*BEN/ }).check();
    await dialog.getByRole("textbox", { name: /^First message/ }).fill("for Ben alone");
    await checkLooks(a.page, "one-person");
    await dialog.getByRole("button", { name: "Begin" }).click();
    await a.page.getByRole("heading", { name: "BEN", level: 1 }).waitFor();
    await changed().waitFor();
    await a.page.getByText("What you wrote was not sent").getByText("for Ben alone").waitFor();
    await checkLooks(a.page, "first-message-held");
    const field = a.page.getByRole("textbox", { name: "Message BEN" });
    expect(await field.count()).toBe(0);
    expect(await posted()).not.toContain("for Ben alone");
    expect(await message(a.page, "for Ben alone").count()).toBe(0);
    await changed().getByRole("button", { name: "Withdraw the verification" }).click();
    await field.waitFor();
    await expect.poll(() => field.inputValue()).toBe("for Ben alone");
    await field.press("Enter");
    await message(a.page, "for Ben alone")
      .getByText(/^Saved here|^On /)
      .waitFor();
    await open(a.page, /^general/);
    await composer(a.page).waitFor();
    expect(a.faults).toEqual([]);
  }, 120_000);
});
