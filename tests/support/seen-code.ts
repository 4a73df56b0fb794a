/**
 * What a camera sees, and what a page shows to one: a film of one picture, a QR code in the middle of a grey wall, in the plain format (YUV4MPEG2)
 * that Chromium shows in place of a camera. It reads the file anew whenever a page opens its camera.
 */
import { writeFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import encodeQr from "qr";
import decodeQr from "qr/decode.js";

const WIDTH = 640;
const HEIGHT = 480;
/** Of the shorter side: as somebody holds a phone before it. */
const CODE_SHARE = 0.8;
const WALL = 140;
const DARK = 30;
const LIGHT = 225;
/** Without colour. */
const GREY = 128;
const FRAMES = 4;

/** Arguments of a Chromium whose camera shows this file, and whose person allows it at once. */
export const cameraOf = (file: string): string[] => [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  `--use-file-for-fake-video-capture=${file}`,
];

/** text: null for a wall with nothing on it. */
export function showToCamera(file: string, text: string | null): void {
  const luma = Buffer.alloc(WIDTH * HEIGHT, WALL);
  if (text !== null) drawCode(luma, text);
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, GREY);
  const frame = [Buffer.from("FRAME\n"), luma, colour];
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(file, Buffer.concat([head, ...Array.from({ length: FRAMES }, () => frame).flat()]));
}

function drawCode(luma: Buffer, text: string): void {
  const modules = encodeQr(text, "raw", { border: 4 });
  const pixels = Math.floor((HEIGHT * CODE_SHARE) / modules.length);
  const left = Math.floor((WIDTH - modules.length * pixels) / 2);
  const top = Math.floor((HEIGHT - modules.length * pixels) / 2);
  for (const [y, row] of modules.entries())
    for (const [x, isDark] of row.entries())
      for (let line = 0; line < pixels; line += 1) {
        const at = (top + y * pixels + line) * WIDTH + left + x * pixels;
        luma.fill(isDark ? DARK : LIGHT, at, at + pixels);
      }
}

/** Pixels of a module. */
const MODULE = 6;

/** What a camera reads in the code that a page draws. Throws where it is none. */
export async function readDrawnCode(code: Locator): Promise<string> {
  const { size, path } = await code.evaluate((svg) => ({
    size: Number(svg.getAttribute("viewBox")?.split(" ")[2]),
    path: svg.querySelector("path")?.getAttribute("d") ?? "",
  }));
  const width = size * MODULE;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let line = 0; line < MODULE; line += 1) {
      const at = (Number(y) * MODULE + line) * width + Number(x) * MODULE;
      // Black stays opaque.
      for (let pixel = at; pixel < at + MODULE; pixel += 1) data.fill(0, pixel * 4, pixel * 4 + 3);
    }
  return decodeQr({ width, height: width, data });
}
