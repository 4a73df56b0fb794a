/// <reference lib="dom" />
/** A screen of the web app as people have it: light, dark, on a telephone. */
import { expect } from "vitest";
import type { Page } from "playwright-core";
import { findViolations } from "./browser.ts";

interface Look {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly viewport: { readonly width: number; readonly height: number };
}

const wide = { width: 1_280, height: 800 };
const narrow = { width: 390, height: 780 };

const looks: readonly Look[] = [
  { name: "light", colorScheme: "light", viewport: wide },
  { name: "dark", colorScheme: "dark", viewport: wide },
  { name: "phone", colorScheme: "light", viewport: narrow },
];
export const looksAndDarkPhone: readonly Look[] = [
  ...looks,
  { name: "phone-dark", colorScheme: "dark", viewport: narrow },
];

/** A folder to leave pictures in, for somebody who looks at them. */
const pictures = process.env["KITH_PICTURES"];

/** What stands on the page now, in each look: nothing that axe finds, nothing that reaches beyond the screen. */
export async function checkLooks(page: Page, screen: string, wanted = looks): Promise<void> {
  const wrong: string[] = [];
  for (const { name, colorScheme, viewport } of wanted) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    const found = [...(await findViolations(page)), ...(await page.evaluate(findTooWide))];
    wrong.push(...found.map((one) => `${screen}, ${name}: ${one}`));
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${screen}-${name}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(wide);
  expect(wrong).toEqual([]);
}

/** Runs in the page. */
function findTooWide(): string[] {
  return [document.documentElement, ...document.querySelectorAll('[role="dialog"]')]
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return element.scrollWidth > element.clientWidth || left < 0 || right > innerWidth;
    })
    .map(({ tagName, scrollWidth }) => `${tagName} is too wide: ${scrollWidth} px on ${innerWidth}`);
}
