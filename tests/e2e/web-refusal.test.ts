/// <reference lib="dom" />
/** Somebody came one too many over an invitation: the admin decides in the browser, and the newcomer's page says what came of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { composer, foundSpace, launchBrowser, message, visit, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { comeOneTooMany } from "../support/one-too-many.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("one too many over an invitation", () => {
  let browser: Browser;
  let ann: RunningKith;
  let a: Visit;
  let ben: RunningKith;

  beforeAll(async () => {
    browser = await launchBrowser();
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Harbour");
    await ben.client.join((await ann.client.createInvite("Harbour")).link, { waitMs: 60_000 });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  /** Two come over an invitation for one; Ann sees the one who waits, and that one sees that it is so. */
  async function waitForAnn(names: readonly [string, string]) {
    const [first, second] = await Promise.all([startNode({ name: names[0] }), startNode({ name: names[1] })]);
    const { waiting, ...one } = await comeOneTooMany([ann, ben, first, second], "Harbour");
    const newcomer = await visit(browser, one.newcomer);
    await newcomer.page.getByText("an owner or admin of the space decides").first().waitFor();
    await a.page.getByRole("link", { name: "Conversations", exact: true }).click();
    await a.page.getByRole("link", { name: /^Message requests/ }).click();
    const row = a.page.getByRole("listitem", { name: `${waiting.name} waits to be let in` });
    await row.getByRole("button", { name: "Let in" }).waitFor();
    return { nodes: [first, second], name: waiting.name, newcomer, row };
  }

  test("[HT104] who waits is told so, the admin refuses beside approving, and the newcomer reads by whom", async () => {
    const { nodes, name, newcomer, row } = await waitForAnn(["Eva", "Fay"]);
    await checkLooks(newcomer.page, "waiting-newcomer");
    await checkLooks(a.page, "waiting-admin");
    await row.getByRole("button", { name: "Refuse…" }).click();
    await row.getByText("They are told that it was you").waitFor();
    await checkLooks(a.page, "refusing");
    await row.getByRole("button", { name: `Refuse ${name}` }).click();
    await row.waitFor({ state: "detached" });
    await newcomer.page.getByText("Ann refused.").first().waitFor();
    await checkLooks(newcomer.page, "refused-newcomer");
    await newcomer.page.reload();
    await newcomer.page.getByText("Ann refused.").first().waitFor();
    // They would carry what the two halves of the next test are not to hear of each other.
    for (const node of nodes) await node.client.setOnline(false);
  }, 240_000);

  test("[HT104] who is let in is taken to the space by itself, and the admin's page asks no more", async () => {
    const { name, newcomer, row } = await waitForAnn(["Gus", "Hal"]);
    await row.getByRole("button", { name: "Let in" }).click();
    await row.waitFor({ state: "detached" });
    await checkLooks(a.page, "let-in-admin");
    await composer(newcomer.page).waitFor();
    await checkLooks(newcomer.page, "let-in-newcomer");
    await write(newcomer.page, "thank you");
    await a.page.getByRole("link", { name: "Conversations", exact: true }).click();
    await a.page.getByRole("link", { name: /^general/ }).click();
    await message(a.page, "thank you").waitFor();
    await a.page.getByRole("link", { name: "People", exact: true }).click();
    await a.page.getByRole("button", { name, exact: true }).waitFor();
    await checkLooks(a.page, "people-with-the-newcomer");
    for (const { faults } of [a, newcomer]) expect(faults).toEqual([]);
  }, 240_000);
});
