import { expect, test } from "vitest";
import { HEIGHT, SPOTS_MAX, WIDTH, layOut, roundTrip } from "./topology-layout.ts";

const devices = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index).padStart(2, "0"),
    name: `Device ${index}`,
    connected: true,
    path: index === 0 ? "relay" : "lan",
    rttMs: index,
  }));

test("every device stands inside the picture and apart from the others, however many there are", () => {
  for (let count = 1; count <= SPOTS_MAX; count += 1) {
    const spots = layOut(devices(count));
    for (const [index, { x, y }] of spots.entries()) {
      expect(x).toBeGreaterThan(30);
      expect(x).toBeLessThan(WIDTH - 30);
      expect(y).toBeGreaterThan(20);
      expect(y).toBeLessThan(HEIGHT - 30);
      for (const other of spots.slice(index + 1))
        expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(40);
    }
  }
});

test("a device keeps its place whatever order it is told in, and a relayed one is told apart", () => {
  const three = devices(3);
  expect(layOut(three.toReversed())).toEqual(layOut(three));
  expect(layOut(three).map(({ isDirect }) => isDirect)).toEqual([false, true, true]);
  expect(layOut(devices(40))).toHaveLength(SPOTS_MAX);
});

test("round trips are told as exactly as they matter", () => {
  expect([null, 0.42, 9.96, 12.4].map(roundTrip)).toEqual(["not measured", "0.4 ms", "10.0 ms", "12 ms"]);
});
