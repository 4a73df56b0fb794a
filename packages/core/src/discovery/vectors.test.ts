import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createBeaconTable } from "./beacon.ts";
import { beaconExamples, discoveryVectors } from "./discovery-vectors.ts";

it("[DI2] every beacon of the examples is made as the vectors say, and opens", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/discovery.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(discoveryVectors(), null, 1)}\n`).toBe(text);
  const table = createBeaconTable<string>();
  table.set(beaconExamples.map(({ key, title }) => ({ key, ref: title })));
  const { beacons } = JSON.parse(text) as { beacons: { datagram: string }[] };
  expect(beacons.map(({ datagram }) => table.open(Buffer.from(datagram, "hex")))).toEqual(
    beaconExamples.map(({ title, payload }) => ({ ref: title, payload: { ...payload } })),
  );
});
