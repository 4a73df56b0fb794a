import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createBeaconTable } from "./beacon.ts";
import { datagramExamples, discoveryVectors } from "./discovery-vectors.ts";

it("[DI2] [DI14] [DI15] every datagram of the examples is made as the vectors say, and opens", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/discovery.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(discoveryVectors(), null, 1)}\n`).toBe(text);
  const table = createBeaconTable<string>();
  table.set(datagramExamples.map(({ key, title }) => ({ key, ref: title })));
  const { datagrams } = JSON.parse(text) as { datagrams: { datagram: string }[] };
  expect(datagrams.map(({ datagram }) => table.open(Buffer.from(datagram, "hex")))).toEqual(
    datagramExamples.map(({ title, payload }) => ({ ref: title, payload: { ...payload } })),
  );
});
