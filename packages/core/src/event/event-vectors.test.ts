import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeBody, encodeBody } from "./bodies.ts";
import { decodeEquivocation, verifyEquivocation } from "./equivocation.ts";
import { exampleBodies, makeEventVectors } from "./event-vectors.ts";
import { alice, scope, space } from "./event-fixtures.ts";
import { decodeOuter } from "./outer.ts";

const file = new URL("../../../../spec/vectors/event.json", import.meta.url);
const text = readFileSync(file, "utf8");
const vectors = JSON.parse(text) as ReturnType<typeof makeEventVectors>;

test("[EV1] [EV2] [EV4] [EV7] [EV8] [EV9] [EV10] [EV11] the vectors are what this code makes, byte for byte", () => {
  expect(`${JSON.stringify(makeEventVectors(), null, 2)}\n`).toBe(text);
});

test("[EV12] the vectors' whole and shed forms decode to the ids they state", () => {
  for (const event of vectors.events) {
    expect(decodeOuter(Buffer.from(event.outer, "hex")).id).toBe(event.id);
    if (event.shed !== undefined) expect(decodeOuter(Buffer.from(event.shed, "hex")).id).toBe(event.id);
  }
});

test("[EV3] the vectors' bodies, one of each kind, read back as what was written", () => {
  const examples = exampleBodies();
  vectors.bodies.forEach(({ kind, payload }, i) => {
    const body = decodeBody(kind, Buffer.from(payload, "hex"));
    expect(Buffer.from(encodeBody(body)).toString("hex")).toBe(payload);
    expect(body.type).toBe(examples[i]?.type);
  });
});

test("[EV26] the vectors' proof holds", () => {
  const proof = decodeEquivocation(Buffer.from(vectors.equivocation, "hex"));
  expect(verifyEquivocation(proof)).toEqual({ device: alice.device, space, scope, seq: 2 });
});
