import { expect, test } from "vitest";
import { CHAR_PX, HUB_PX, LINE_PX, SPOTS_MAX, SPOT_PX, layOut, roundTrip } from "./topology-layout.ts";
import type { Spot } from "./topology-layout.ts";

const devices = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index).padStart(2, "0"),
    name: index % 3 === 0 ? "Somebody with a very long name indeed" : `Device ${index}`,
    connected: true,
    path: index === 0 ? "relay" : "lan",
    rttMs: index,
  }));

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The two lines of words beside a device; the second is at most "not measured". */
function boxOf({ textX, textY, anchor, label }: Spot): Box {
  const width = Math.max(Array.from(label).length, "not measured".length) * CHAR_PX;
  const left = anchor === "start" ? textX : anchor === "end" ? textX - width : textX - width / 2;
  return { left, top: textY - 10, right: left + width, bottom: textY + LINE_PX + 3 };
}

const around = (x: number, y: number, by: number): Box => ({
  left: x - by,
  top: y - by,
  right: x + by,
  bottom: y + by,
});
const isApart = (a: Box, b: Box): boolean =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

const counts = Array.from({ length: SPOTS_MAX }, (_, index) => index + 1);

test.each([262, 326, 420, 519, 520, 600, 680, 900])(
  "in %s px no word lies on a line, a device or another word, and all of it is inside, however many there are",
  (room) => {
    for (const count of counts) {
      const { width, height, hub, spots } = layOut(devices(count), room);
      expect(width).toBeLessThanOrEqual(room);
      for (const spot of spots) {
        const box = boxOf(spot);
        const where = `${count} devices, ${spot.device.id}`;
        expect(box.left, where).toBeGreaterThanOrEqual(0);
        expect(box.right, where).toBeLessThanOrEqual(width);
        expect(box.top, where).toBeGreaterThanOrEqual(0);
        expect(box.bottom, where).toBeLessThanOrEqual(height);
        expect(isApart(box, around(hub.x, hub.y, HUB_PX)), where).toBe(true);
        for (const other of spots) {
          expect(isApart(box, around(other.x, other.y, SPOT_PX)), `${where} by ${other.device.id}`).toBe(
            true,
          );
          if (other !== spot) expect(isApart(box, boxOf(other)), `${where} by ${other.device.id}`).toBe(true);
          for (let part = 0; part <= 100; part += 1) {
            const x = hub.x + ((other.x - hub.x) * part) / 100;
            const y = hub.y + ((other.y - hub.y) * part) / 100;
            expect(isApart(box, around(x, y, 1)), `${where} on the line to ${other.device.id}`).toBe(true);
          }
        }
      }
    }
  },
);

test("a device keeps its place whatever order it is told in, and a relayed one is told apart", () => {
  const three = devices(3);
  expect(layOut(three.toReversed(), 600)).toEqual(layOut(three, 600));
  expect(layOut(three, 600).spots.map(({ isDirect }) => isDirect)).toEqual([false, true, true]);
  expect(layOut(devices(40), 600).spots).toHaveLength(SPOTS_MAX);
});

test("round trips are told as exactly as they matter", () => {
  expect([null, 0.42, 9.96, 12.4].map(roundTrip)).toEqual(["not measured", "0.4 ms", "10.0 ms", "12 ms"]);
});
