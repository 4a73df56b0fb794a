/** `npm run pictures`: the pictures of the README, of real nodes in a real browser, into docs/pictures. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { foundSpace, inviteBy, joinBy, launchBrowser, visit, write } from "../support/browser.ts";
import { endEverything, startNode } from "../support/kith-process.ts";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const wide = { viewport: { width: 1_280, height: 800 } };
const phone = { viewport: { width: 390, height: 780 }, colorScheme: "dark" } as const;

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)));
  await page.screenshot({ path: `${folder}${name}.png` });
}

const article = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });

const browser = await launchBrowser();
try {
  const [first, second, third] = await Promise.all(
    ["Amara Okafor", "Björn", "Chen"].map((name) => startNode({ name })),
  );
  if (!first || !second || !third) throw new Error("three nodes were asked for");
  const a = await visit(browser, first, wide);
  await foundSpace(a.page, "Amara Okafor", "Ridge survey");
  for (const name of ["field-notes", "gear"])
    await first.client.createChannel((await first.client.spaces()).items[0]?.id ?? "", { name });
  const b = await visit(browser, second, phone);
  await joinBy(b.page, "Björn Lind", await inviteBy(a.page, "Ridge survey"));
  const c = await visit(browser, third, wide);
  await joinBy(c.page, "Chen Wei", await inviteBy(a.page, "Ridge survey"));
  await write(a.page, "Relay is up at the hut. Two bars of battery left.");
  await write(b.page, "On the ridge now, fog until noon.");
  await article(a.page, "fog until noon").waitFor();
  await write(c.page, "I have the spare battery and the second rope.");
  await article(a.page, "second rope").waitFor();
  await write(a.page, "Good. Meet at the lower bivouac, 14:30?");
  await article(b.page, "14:30").waitFor();
  await write(b.page, "14:30 works.");
  await write(b.page, "Photos of the crack at marker 7 when I am down.");
  await article(a.page, "marker 7").waitFor();
  await article(a.page, "14:30?").hover();
  await article(c.page, "14:30?").hover();
  await article(c.page, "14:30?").getByRole("button", { name: "React" }).click();
  await c.page.getByRole("button", { name: "thumbs up" }).first().click();
  await write(a.page, "Thanks, both. Out of range until then; this will reach you when it can.");
  await article(a.page, "Out of range").getByText("On all 2 devices").waitFor();
  await a.page.mouse.move(900, 600);
  await shoot(a.page, "conversation-light");
  await b.page.mouse.move(380, 20);
  await shoot(b.page, "phone-dark");
  await a.page.getByRole("button", { name: "Invite to Ridge survey" }).last().click();
  await a.page.getByRole("button", { name: "Make the link" }).click();
  await a.page.getByRole("img", { name: "QR code" }).waitFor();
  await shoot(a.page, "invite-light");
  await a.page.keyboard.press("Escape");
  await c.page.emulateMedia({ colorScheme: "dark" });
  await c.page.getByRole("link", { name: "Network", exact: true }).click();
  await c.page.getByRole("rowheader", { name: "Amara Okafor" }).waitFor();
  await shoot(c.page, "network-dark");
} finally {
  await browser.close();
  await endEverything();
}
