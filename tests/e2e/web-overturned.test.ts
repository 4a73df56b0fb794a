/// <reference lib="dom" />
/** An admin's removals and demotion that the owner's own decision undoes, as the owner meets them: said with the member, repeated or left so. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { foundSpace, launchBrowser, visit } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { until } from "../support/one-too-many.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("removals and a demotion that were undone", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let eve: RunningKith;
  let a: Visit;

  /** Ben, an admin, removes Cem and Dee and makes Eve a reader while Ann, who is out of reach, takes his rank. */
  beforeAll(async () => {
    browser = await launchBrowser();
    const [cem, dee] = [await startNode({ name: "Cem" }), await startNode({ name: "Dee" })];
    [ann, ben] = [await startNode({ name: "Ann" }), await startNode({ name: "Ben" })];
    eve = await startNode({ name: "Eve" });
    a = await visit(browser, ann);
    await foundSpace(a.page, "Ann", "Climbing");
    const { link } = await ann.client.createInvite("Climbing", { uses: 4 });
    for (const node of [ben, cem, dee, eve]) await node.client.join(link, { waitMs: 30_000 });
    await ann.client.changeMember("Climbing", "Ben", { role: "admin" });
    await until(async () => (await ben.client.space("Climbing")).role === "admin");
    await until(async () => (await ben.client.members("Climbing")).items.length === 5);
    await ann.client.setOnline(false);
    for (const name of ["Cem", "Dee"]) await ben.client.removeMember("Climbing", name);
    await ben.client.changeMember("Climbing", "Eve", { role: "reader" });
    await ann.client.changeMember("Climbing", "Ben", { role: "member" });
    await a.page.getByRole("link", { name: "People", exact: true }).click();
    await ann.client.setOnline(true);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  const note = (name: string) => a.page.getByRole("note", { name: `Undone about ${name}` });

  const member = (name: string) =>
    a.page
      .getByRole("region", { name: /^Members of/ })
      .getByRole("listitem")
      .filter({ hasText: name });

  test("[SP154] the owner's open page says whose decision does not count, and the command line how to repeat it", async () => {
    for (const name of ["Cem", "Dee"]) {
      await note(name).waitFor({ timeout: 30_000 });
      expect(await note(name).textContent()).toContain(`Ben removed ${name}`);
    }
    await note("Eve").waitFor({ timeout: 30_000 });
    expect(await note("Eve").textContent()).toContain(
      "Ben made Eve a reader, and lost the right to it at the same time: it does not count. You may do it again.",
    );
    await member("Eve").getByText("Member", { exact: true }).waitFor();
    await checkLooks(a.page, "overturned");
    const { stdout } = await runKith(["members", "Climbing", "--data", ann.dataDir]);
    expect(stdout).toContain("Undone: Ben had removed Cem");
    expect(stdout).toMatch(/Undone: Ben had made Eve reader.*kith role SPACE Eve reader/);
    expect((await runKith(["members", "Climbing", "--data", ben.dataDir])).stdout).not.toContain("Undone");
  }, 90_000);

  test("[SP154] [HT115] one is removed again, the other left", async () => {
    await note("Cem").getByRole("button", { name: "Remove Cem" }).click();
    const dialog = a.page.getByRole("dialog", { name: "Cem" });
    await dialog.getByRole("button", { name: "Remove…" }).click();
    await checkLooks(a.page, "overturned-removing");
    await dialog.getByRole("button", { name: "Remove Cem" }).click();
    await note("Cem").waitFor({ state: "detached" });
    await note("Dee").getByRole("button", { name: "Leave it so" }).click();
    await note("Dee").waitFor({ state: "detached" });
    const { items } = await ann.client.members("Climbing");
    expect(items.map(({ name, overturned }) => [name, overturned?.kind ?? null]).toSorted()).toEqual([
      ["Ann", null],
      ["Ben", null],
      ["Dee", null],
      ["Eve", "demotion"],
    ]);
  }, 60_000);

  test("[SP154] the demotion is made again from the note, and the one whom it is about has heard of it", async () => {
    expect((await eve.client.space("Climbing")).role).toBe("member");
    await note("Eve").getByRole("button", { name: "Make Eve a reader" }).click();
    await note("Eve").waitFor({ state: "detached" });
    await member("Eve").getByText("Reader", { exact: true }).waitFor();
    await checkLooks(a.page, "overturned-repeated");
    await until(async () => (await eve.client.space("Climbing")).role === "reader");
    expect((await runKith(["members", "Climbing", "--data", ann.dataDir])).stdout).not.toContain("Undone");
    expect(a.faults).toEqual([]);
  }, 60_000);
});
