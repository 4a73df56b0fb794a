/// <reference lib="dom" />
/** A reader reports a message from its menu, and the owner's page shows it, says by whom and why, and acts on it; the command line beside it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchBrowser, message, visitTwo } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

needs("browser").describe("reports", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let cem: RunningKith;
  let a: Visit;
  let b: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ ann, ben, a, b } = await visitTwo(browser));
    cem = await startNode({ name: "Cem" });
    const { link } = await ann.client.createInvite("Climbing");
    await cem.client.join(link, { waitMs: 30_000 });
    for (const text of ["buy now", "and buy more"])
      await cem.client.post({ space: "Climbing", channel: "general", text });
    const { items } = await ann.client.members("Climbing");
    const person = items.find(({ name }) => name === "Ben")?.person ?? "";
    await ann.client.changeMember("Climbing", person, { role: "reader" });
    await b.page.getByText("your role is reader").waitFor();
    await message(b.page, "and buy more").waitFor();
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  async function openReport(text: string): Promise<void> {
    const row = message(b.page, text);
    await row.hover();
    await row.getByRole("button", { name: "More" }).click();
    await b.page.getByRole("button", { name: "Report to admins" }).click();
  }
  const dialog = () => b.page.getByRole("dialog", { name: "Report to admins" });
  const report = () => a.page.getByRole("listitem", { name: "Report by Ben" });
  const on = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

  test("[HT108] [HT111] who may only read reports a message with a reason, and the owner's open page shows it by itself", async () => {
    await a.page.getByRole("link", { name: "People", exact: true }).click();
    await a.page.getByRole("heading", { name: "Members of Climbing" }).waitFor();
    expect(await a.page.getByRole("heading", { name: /^Reports/ }).count()).toBe(0);
    await openReport("buy now");
    await dialog().getByText("Nobody else can read the report, and Cem cannot either.").waitFor();
    await checkLooks(b.page, "reporting");
    await dialog().getByRole("textbox", { name: "Reason" }).fill("an advertisement");
    await dialog().getByRole("button", { name: "Send" }).click();
    await dialog().waitFor({ state: "detached" });
    await b.page.getByText("Reported. Owners and admins see it").waitFor({ state: "attached" });
    await report().getByText("Ben reported a message of Cem").waitFor();
    await report().getByText("an advertisement").waitFor();
    await report().getByText("buy now", { exact: true }).waitFor();
    await checkLooks(a.page, "reports");
    const listed = await on(ann, "reports", "Climbing");
    expect(listed.stdout).toMatch(
      /^[0-9a-f]{8} {2}reported by Ben: an advertisement\n {10}Cem: buy now {2}\([0-9a-f]{64}\)\n$/,
    );
    const refused = await on(cem, "reports", "Climbing");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^NOT_ALLOWED: /)]);
  }, 90_000);

  test("[HT110] what is handled leaves the list, and what is deleted leaves it with its message", async () => {
    await report().getByRole("button", { name: "Mark as handled" }).click();
    await report().waitFor({ state: "detached" });
    await openReport("and buy more");
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await dialog().waitFor({ state: "detached" });
    await openReport("and buy more");
    await dialog().getByRole("button", { name: "Send" }).click();
    await report().getByRole("button", { name: "Delete message…" }).click();
    await checkLooks(a.page, "report-removing");
    await report().getByRole("button", { name: "Delete", exact: true }).click();
    await report().waitFor({ state: "detached" });
    await message(b.page, "and buy more").waitFor({ state: "detached" });
    expect([...a.faults, ...b.faults]).toEqual([]);
  }, 90_000);

  test("on the command line a message is reported with a reason, and handled by the beginning of the report's id", async () => {
    const { items } = await ben.client.messages({ space: "Climbing" });
    const id = items.find(({ text }) => text === "buy now")?.id ?? "";
    // The same as before: nothing new comes of it.
    expect((await on(ben, "report", id, "--reason", "again")).stdout).toMatch(/^Reported: owners and admins/);
    expect((await on(ann, "reports", "Climbing")).stdout).toBe("Nothing is reported.\n");
    const { id: other } = await cem.client.post({
      space: "Climbing",
      channel: "general",
      text: "third",
    });
    await message(b.page, "third").waitFor();
    await on(ben, "report", other);
    await report().getByText("third").waitFor();
    const [line = ""] = (await on(ann, "reports", "Climbing")).stdout.split(" ");
    expect((await on(ann, "reports", "Climbing", "--handled", line)).stdout).toMatch(/^Handled/);
    await report().waitFor({ state: "detached" });
    const own = await ann.client.post({ space: "Climbing", channel: "general", text: "my own" });
    await message(b.page, "my own").waitFor();
    const alone = await on(ben, "report", own.id);
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringMatching(/^NO_ADMIN: /)]);
  }, 90_000);
});
