import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sha256 } from "../../crypto/index.ts";
import { hex, makeItem, makeReconciler, reconcileBoth } from "./two-sets.fixture.ts";
import type { Item } from "./two-sets.fixture.ts";

interface Example {
  readonly name: string;
  readonly items: number;
  readonly first: number;
  readonly each: number;
  readonly step: number;
  readonly initiatorLacks: number;
  readonly responderLacks: number;
  readonly initiatorBytesMax: number;
  readonly responderBytesMax: number;
  readonly have: number;
  readonly need: number;
  readonly haveHash: string;
  readonly needHash: string;
  readonly messages: readonly (
    | { readonly hex: string }
    | { readonly bytes: number; readonly sha256: string }
  )[];
}

const { examples } = JSON.parse(
  readFileSync(new URL("../../../../../spec/vectors/negentropy.json", import.meta.url), "utf8"),
) as { examples: readonly Example[] };

/** The items of an example but those whose number is `rest` modulo `lacks`; 0 lacks none. */
function itemsOf({ name, items, first, each, step }: Example, lacks: number, rest: number): Item[] {
  return Array.from({ length: items }, (_, n) =>
    makeItem(`${name} ${n}`, first + Math.floor(n / each) * step),
  ).filter((_, n) => lacks === 0 || n % lacks !== rest % lacks);
}

it.each(examples)("[RB19] $name: every message equals that of the public implementation", (example) => {
  const { initiatorLacks, responderLacks, initiatorBytesMax, responderBytesMax } = example;
  const open = { receivedBytesMax: 0, rangesMax: 0 };
  const { messages, have, need } = reconcileBoth(
    makeReconciler(itemsOf(example, initiatorLacks, 0), { ...open, frameBytesMax: initiatorBytesMax }),
    makeReconciler(itemsOf(example, responderLacks, 1), { ...open, frameBytesMax: responderBytesMax }),
  );
  const told = messages.map((message, at) => {
    const wanted = example.messages[at];
    return wanted !== undefined && "hex" in wanted
      ? { hex: hex(message) }
      : { bytes: message.length, sha256: hex(sha256(message)) };
  });
  expect(told).toEqual(example.messages);
  const hashOf = (ids: readonly string[]): string => hex(sha256(Buffer.from(ids.toSorted().join(""), "hex")));
  expect([have.length, need.length]).toEqual([example.have, example.need]);
  expect([hashOf(have), hashOf(need)]).toEqual([example.haveHash, example.needHash]);
});
