/** Lines of a stream, however it is cut into chunks. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLines } from "./lines.ts";

async function read(chunks: readonly Uint8Array[], groupLinesMax = 256) {
  const groups = [];
  for await (const group of readLines(Readable.from(chunks), groupLinesMax)) groups.push(group);
  return groups;
}

const texts = async (...chunks: string[]) =>
  (await read(chunks.map((chunk) => Buffer.from(chunk)))).flat().map(({ text }) => text);

test("a last line needs no end, empty ones are passed over, and both kinds of ends are one", async () => {
  expect(await texts("one\n\ntwo\r\nthr", "ee")).toEqual(["one", "two", "three"]);
  expect(await texts("")).toEqual([]);
  expect(await texts("\n\n")).toEqual([]);
});

test("numbers are those that an editor shows", async () => {
  const lines = (await read([Buffer.from("a\n\nb"), Buffer.from("b\nc")])).flat();
  expect(lines).toEqual([
    { text: "a", number: 1 },
    { text: "bb", number: 3 },
    { text: "c", number: 4 },
  ]);
});

test("a group holds what has come, and no more than its bound", async () => {
  const groups = await read([Buffer.from("a\nb\nc\n"), Buffer.from("d\n")], 2);
  expect(groups.map((group) => group.map(({ text }) => text))).toEqual([["a", "b"], ["c"], ["d"]]);
});

test("however the bytes are cut, the lines are the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme" })),
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      async (parts, sizes) => {
        const clean = parts.map((part) => part.replace(/[\r\n]/g, "")).filter((part) => part !== "");
        const bytes = Buffer.from(clean.join("\n"));
        const chunks = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect((await read(chunks)).flat().map(({ text }) => text)).toEqual(
          clean.map((part) => Buffer.from(part).toString()),
        );
      },
    ),
  );
});

test("what never ends a line is refused before it fills the memory", async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65_536, "x");
    })(),
  );
  await expect(async () => {
    for await (const _ of readLines(endless, 1)) expect.fail("there is no line");
  }).rejects.toMatchObject({ code: "LINE_TOO_LONG" });
});
