/// <reference lib="dom" />
/** Somebody comes back in the web app while the device that was thought lost still runs: by a backup, and by the words alone. EXPERIENCE 16. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { composer, giveName, launchBrowser, message, visit, visitTwo, write } from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import {
  endEverything,
  runKith,
  startAgain,
  startNode,
  temporaryDirectory,
} from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { readStore } from "../support/kept-store.ts";
import { checkLooks } from "../support/looks.ts";
import { needs } from "../support/require.ts";

/** On a machine that others share, what takes a second alone. */
const LOADED = { timeout: 60_000 };

needs("browser").describe("restored while the first device still runs", () => {
  let browser: Browser;
  let ann: RunningKith;
  let ben: RunningKith;
  let a: Visit;
  let b: Visit;
  let c: Visit;
  let fresh: RunningKith;
  let words: readonly string[] = [];
  let link = "";

  const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  const rail = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).click();
  const row = (page: Page) => page.getByRole("region", { name: "Your devices" }).getByRole("listitem");
  const once = async (page: Page, text: string): Promise<void> => {
    await message(page, text).first().waitFor(LOADED);
    expect([text, await message(page, text).count()]).toEqual([text, 1]);
  };
  const post = (node: RunningKith, text: string) =>
    node.client.post({ space: "Climbing", channel: "general", text });
  const devicesOfAnn = async (node: RunningKith): Promise<number> =>
    (await node.client.members("Climbing")).items.find(({ name }) => name === "Ann")?.devices.length ?? 0;

  /** The page of a node that nobody has named yet, where somebody says that they were here before. */
  async function sayWasHere(page: Page): Promise<void> {
    await giveName(page, "Nobody");
    await press(page, "I was here before");
    await page.getByRole("textbox", { name: "Your 24 words" }).waitFor();
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    fresh = await startNode({ name: "Nobody" });
    c = await visit(browser, fresh);
    ({ ann, ben, a, b } = await visitTwo(browser));
    link = (await ann.client.createInvite("Climbing", { uses: 5 })).link;
    words = (await ann.client.recoveryWords()).words;
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await endEverything();
  });

  test("[ID50] [ID57] attacks 22 and 34: a backup gives history and the same person on a second device; both write, nothing is lost, nothing that was deleted returns", async () => {
    await write(b.page, "from Ben, to stay");
    await write(b.page, "from Ben, deleted later");
    await once(a.page, "from Ben, deleted later");
    await write(a.page, "from the first, in the backup");
    await once(b.page, "from the first, in the backup");
    const file = join(temporaryDirectory(), "ann.backup");
    writeFileSync(file, Buffer.from(await new Response(await ann.client.backup()).arrayBuffer()));
    // Since then more was said, and something was taken back.
    const [deleted] = (
      await ben.client.messages({ space: "Climbing", channel: "general", limit: 9 })
    ).items.filter(({ text }) => text === "from Ben, deleted later");
    await ben.client.deleteMessage(deleted?.id ?? "");
    await write(a.page, "from the first, after the backup");
    await once(b.page, "from the first, after the backup");

    const { page } = c;
    await sayWasHere(page);
    await page.getByLabel("Backup file").setInputFiles(file);
    await page.getByRole("textbox", { name: "Your 24 words" }).fill(words.join(" "));
    await press(page, "Bring me back");
    await page.getByRole("status").getByText("The node starts anew").waitFor(LOADED);
    for (const text of [
      "from Ben, to stay",
      "from the first, in the backup",
      "from the first, after the backup",
    ])
      await once(page, text);
    expect((await fresh.client.status()).person).toBe((await ann.client.status()).person);
    await checkLooks(page, "restored");

    await write(page, "from the second");
    await once(a.page, "from the second");
    await write(a.page, "from the first, beside it");
    for (const each of [a, b, c])
      for (const text of ["from the second", "from the first, beside it"]) await once(each.page, text);
    for (const node of [ann, ben, fresh]) await expect.poll(() => devicesOfAnn(node), LOADED).toBe(2);
    for (const each of [a, c]) {
      await message(each.page, "from Ben, deleted later").waitFor({ state: "detached", ...LOADED });
      await rail(each.page, "Settings");
      await row(each.page).nth(1).waitFor(LOADED);
      expect(await row(each.page).count()).toBe(2);
    }
    await checkLooks(page, "restored devices");
    for (const node of [ann, ben, fresh]) {
      expect((await node.client.verify()).problems).toEqual([]);
      // Of which each fork would be one.
      expect((await node.client.doctor()).items.filter(({ status }) => status === "bad")).toEqual([]);
    }
  }, 240_000);

  test("[ID57] the words alone make a third device the same person, who is let in again by an invitation and reads all that was said", async () => {
    const bare = await startNode({ name: "Nobody" });
    const { page, faults } = await visit(browser, bare);
    await sayWasHere(page);
    await page.getByRole("textbox", { name: "Your 24 words" }).fill(words.join(" ").toUpperCase());
    await press(page, "Bring me back");
    await page.getByRole("heading", { name: "You are yourself again" }).waitFor(LOADED);
    await checkLooks(page, "restored by words");
    expect((await bare.client.status()).person).toBe((await ann.client.status()).person);
    await press(page, "I have an invitation");
    await page.getByRole("textbox", { name: "Invitation link" }).fill(link);
    await press(page, "Join");
    await composer(page).waitFor(LOADED);
    await once(page, "from the second");
    await post(bare, "from the third");
    await rail(a.page, "Conversations");
    for (const each of [a, b]) await once(each.page, "from the third");
    for (const node of [ann, ben, bare]) await expect.poll(() => devicesOfAnn(node), LOADED).toBe(3);
    expect([...faults, ...a.faults, ...b.faults, ...c.faults]).toEqual([]);
  }, 240_000);

  test("[ID59] attack 29: while nobody is reached who knows, what was deleted may show, and the page says so; then it is gone everywhere", async () => {
    const cold = "for a moment only";
    const [dan, eve] = await Promise.all([startNode({ name: "Dan" }), startNode({ name: "Eve" })]);
    await dan.client.createSpace({ name: "Sailing" });
    expect(
      (await eve.client.join((await dan.client.createInvite("Sailing")).link, { waitMs: 60_000 })).done,
    ).toBe(true);
    const said = (node: RunningKith, text: string) =>
      node.client.post({ space: "Sailing", channel: "general", text });
    const texts = async (node: RunningKith): Promise<string[]> =>
      (await node.client.messages({ space: "Sailing", limit: 50 })).items.map(({ text }) => text);
    const { id } = await said(dan, cold);
    await expect.poll(() => texts(eve), LOADED).toContain(cold);
    const file = join(temporaryDirectory(), "dan.backup");
    writeFileSync(file, Buffer.from(await new Response(await dan.client.backup()).arrayBuffer()));
    const danWords = (await dan.client.recoveryWords()).words.join(" ");
    await dan.client.deleteMessage(id);
    await expect.poll(() => texts(eve), LOADED).not.toContain(cold);
    await Promise.all([dan.kill(), eve.stop()]);

    const second = await startNode({ name: "Nobody" });
    const restoring = ["restore", file, "--words", "--data", second.dataDir];
    const told = await runKith(restoring, { input: `${danWords}\n` });
    expect(told.code).toBe(0);
    expect(told.stderr + told.stdout).toContain("deleted after this backup was made may show");
    const { page, faults } = await visit(browser, second);
    const note = page.getByText("Messages that were deleted after it was made may show here");
    await message(page, cold).waitFor(LOADED);
    await note.waitFor();
    await checkLooks(page, "restored alone");
    // A newcomer is given what is here, and knows no more.
    const finn = await startNode({ name: "Finn" });
    const { link } = await second.client.createInvite("Sailing");
    expect((await finn.client.join(link, { waitMs: 60_000 })).done).toBe(true);
    await expect.poll(() => texts(finn), LOADED).toContain(cold);
    await said(finn, "hello from Finn");
    await message(page, "hello from Finn").waitFor(LOADED);
    await note.waitFor();

    const again = await startAgain(eve);
    await message(page, cold).waitFor({ state: "detached", ...LOADED });
    await note.waitFor({ state: "detached", ...LOADED });
    await expect.poll(() => texts(finn), LOADED).not.toContain(cold);
    const last = await said(second, "and so it stays");
    for (const node of [again, finn]) await expect.poll(() => texts(node), LOADED).toContain(last.text);
    // Not over a restart of the newcomer either, with who had it beside it.
    await finn.stop();
    const back = await startAgain(finn);
    await said(back, "Finn is back");
    await message(page, "Finn is back").waitFor(LOADED);
    for (const node of [second, again, back]) {
      expect(await texts(node)).not.toContain(cold);
      expect((await node.client.search({ q: "moment" })).items).toEqual([]);
    }
    expect(faults).toEqual([]);
  }, 300_000);

  test("[EP98] [EP99] [HT119] what was said to the two of them after the last backup is counted as closed once the only device that had it is lost", async () => {
    const { id: space } = await ann.client.direct({ person: "Ben", text: "hello Ben" });
    await expect.poll(async () => (await ben.client.requests()).items.length, LOADED).toBe(1);
    await ben.client.acceptRequest((await ben.client.requests()).items[0]?.id ?? "");
    const texts = async (node: RunningKith): Promise<string[]> =>
      (await node.client.messages({ space, limit: 50 })).items.map(({ text }) => text);
    await expect.poll(() => texts(ben).catch(() => []), LOADED).toContain("hello Ben");
    await ben.client.post({ space, channel: "general", text: "hello Ann" });
    await expect.poll(() => texts(ann), LOADED).toContain("hello Ann");
    await expect.poll(() => isDestroyed([ann, ben]), LOADED).toBe(true);
    const file = join(temporaryDirectory(), "ben.backup");
    writeFileSync(file, Buffer.from(await new Response(await ben.client.backup()).arrayBuffer()));
    const benWords = (await ben.client.recoveryWords()).words.join(" ");
    await ann.client.post({ space, channel: "general", text: "for this device alone" });
    await expect.poll(() => texts(ben), LOADED).toContain("for this device alone");
    await expect.poll(() => isDestroyed([ann, ben]), LOADED).toBe(true);
    await ben.kill();

    const restored = await startNode({ name: "Nobody" });
    const { page, faults } = await visit(browser, restored);
    await sayWasHere(page);
    await page.getByLabel("Backup file").setInputFiles(file);
    await page.getByRole("textbox", { name: "Your 24 words" }).fill(benWords);
    await press(page, "Bring me back");
    await page.getByRole("link", { name: /^Ann/ }).first().click(LOADED);
    for (const text of ["hello Ben", "hello Ann"]) await once(page, text);
    await page.getByText("One entry cannot be read on this device").waitFor(LOADED);
    await checkLooks(page, "closed");
    await write(page, "I lost my device");
    await expect.poll(() => texts(ann), LOADED).toContain("I lost my device");
    await ann.client.post({ space, channel: "general", text: "never mind" });
    await once(page, "never mind");
    expect(await message(page, "for this device alone").count()).toBe(0);
    expect(faults).toEqual([]);
  }, 300_000);
});

/** Of direct conversations nobody holds a secret any more. */
function isDestroyed(nodes: readonly RunningKith[]): boolean {
  return nodes.every(({ dataDir }) =>
    readStore(dataDir).keys.every(
      ({ profile, secrets }) => profile !== "sealed" || secrets.contentSecret === null,
    ),
  );
}
