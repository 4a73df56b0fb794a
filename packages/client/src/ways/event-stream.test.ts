import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventParser, EVENT_CHARS_MAX } from "./event-stream.ts";
import type { ServerEvent } from "./event-stream.ts";

function parse(pieces: readonly string[]): ServerEvent[] {
  const seen: ServerEvent[] = [];
  const parser = createEventParser((event) => seen.push(event));
  for (const piece of pieces) parser.push(piece);
  return seen;
}

test("[CL7] events are read as a node writes them, whatever else a stream may hold", () => {
  const text =
    ": alive\n\nretry: 100\nevent: hello\nid: 3\ndata: {}\n\ndata: a\ndata:b\nother: x\n\nid: 9\n\ndata: cut";
  expect(parse([text])).toEqual([
    { name: "hello", data: "{}" },
    { name: "message", data: "a\nb" },
  ]);
});

test("[CL18] an id without an event is told as a place that was passed, and one with an event is not", () => {
  const passed: string[] = [];
  const events: ServerEvent[] = [];
  const parser = createEventParser(
    (event) => events.push(event),
    (id) => passed.push(id),
  );
  for (const text of ["id: c1\ndata: a\n\n: alive\n\n", "id: c2\n: ali", "ve\n\nid: c3\ndata: b\n\n\n"])
    parser.push(text);
  expect(passed).toEqual(["c2"]);
  expect(events.map(({ data }) => data)).toEqual(["a", "b"]);
});

test("[CL7] a stream cut into any pieces, with any line ends, holds the same events", () => {
  const line = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, "."));
  const events = fc.array(fc.record({ name: line, data: fc.array(line, { minLength: 1, maxLength: 3 }) }));
  fc.assert(
    fc.property(
      events,
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.infiniteStream(fc.nat(7)),
      (told, end, sizes) => {
        const text = told
          .map(
            ({ name, data }) =>
              `event: ${name}${end}${data.map((each) => `data: ${each}${end}`).join("")}${end}`,
          )
          .join("");
        const pieces: string[] = [];
        for (let at = 0; at < text.length;) {
          const size = sizes.next().value ?? 0;
          pieces.push(text.slice(at, at + size));
          at += size;
          if (size === 0) pieces.push(text.slice(at, (at += 1)));
        }
        expect(parse(pieces)).toEqual(
          told.map(({ name, data }) => ({ name: name === "" ? "message" : name, data: data.join("\n") })),
        );
      },
    ),
  );
});

test("[CL7] any text at all is read without a throw, and an event without an end is given up", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" })), (pieces) => void parse(pieces)));
  for (const line of ["data: x\n", "x"]) {
    const parser = createEventParser(() => undefined);
    const piece = line.repeat(10_000);
    let pushes = 0;
    while (parser.push(piece)) expect((pushes += 1) * 10_000).toBeLessThanOrEqual(EVENT_CHARS_MAX);
    expect(parser.push("\n\n")).toBe(false);
  }
});
