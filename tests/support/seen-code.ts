/**
 * What a camera sees: a film of one picture, a QR code in the middle of a grey wall, in the plain format (YUV4MPEG2)
 * that Chromium shows in place of a camera. It reads the file anew whenever a page opens its camera.
 */
import encodeQr from "qr";
import { writeFileSync } from "node:fs";

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
