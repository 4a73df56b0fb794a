/// <reference lib="dom" />
/**
 * A real browser for tests of the web app: the system's Chromium, headless, with nothing of its own on the network.
 * Every page's requests, errors and policy violations are kept, so that a test can say there were none.
 */
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { startNode } from "./kith-process.ts";
import type { RunningKith } from "./kith-process.ts";
import { chromiumPath } from "./require.ts";

/** more: arguments of Chromium besides. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath() ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Hosts that were asked for anything. */
  readonly hosts: Set<string>;
  /** Uncaught errors and violations of the page's policy. */
  readonly faults: string[];
}

/** Opens a node's page as a person does: by its one-time link. */
export async function visit(
  browser: Browser | BrowserContext,
  node: RunningKith,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = "newContext" in browser ? await browser.newContext(options) : browser;
  const page = await context.newPage();
  const hosts = new Set<string>();
  const faults: string[] = [];
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted ?Type|violates/i.test(message.text())) faults.push(message.text());
  });
  await page.goto((await node.client.signInLink()).url);
  return { context, page, hosts, faults };
}

/** The first minute of somebody new: a name, then a space. */
export async function foundSpace(page: Page, name: string, space: string): Promise<void> {
  await giveName(page, name);
  await page.getByRole("button", { name: "Create a space" }).click();
  await page.getByRole("textbox", { name: "Name of the space" }).fill(space);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("textbox", { name: "Message general" }).waitFor();
}

export async function giveName(page: Page, name: string): Promise<void> {
  await page.getByRole("textbox", { name: "Your name" }).fill(name);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Makes a link in the dialog and closes it again. */
export async function inviteBy(page: Page, space: string): Promise<string> {
  await page
    .getByRole("button", { name: `Invite to ${space}` })
    .first()
    .click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  return link;
}

/** Somebody new who was invited. */
export async function joinBy(page: Page, name: string, link: string): Promise<void> {
  await giveName(page, name);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByRole("textbox", { name: "Invitation link" }).fill(`Come and join us: ${link}`);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("textbox", { name: "Message general" }).waitFor();
}

/** Ann, who founded Climbing, and Ben, whom she invited: a node and a page of each. */
export async function visitTwo(
  browser: Browser,
): Promise<{ ann: RunningKith; ben: RunningKith; a: Visit; b: Visit }> {
  const [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
  const [a, b] = [await visit(browser, ann), await visit(browser, ben)];
  await foundSpace(a.page, "Ann", "Climbing");
  await joinBy(b.page, "Ben", await inviteBy(a.page, "Climbing"));
  return { ann, ben, a, b };
}

/** What axe finds against WCAG 2.2 AA on the screen as it stands, one line each. */
export async function findViolations(page: Page): Promise<string[]> {
  // The colours of a state that is being left are no state of the page. One that is called off is over as well.
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: /^Message / }).fill(text);
  await page.keyboard.press("Enter");
}

/** The messages that hold these words. */
export const message = (page: Page, text: string): Locator =>
  page.getByRole("article").filter({ hasText: text });
/** Where one writes in the first channel of a space. */
export const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message general" });
/** Shown while the end of a thread is out of sight. */
export const latest = (page: Page): Locator => page.getByRole("button", { name: "Latest" });
