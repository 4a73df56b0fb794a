/** Lines of a stream, in groups: those of one chunk belong together, so that none waits for a later one. */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { CommandError } from "../cli/failure.ts";

/** No text is so long, so what goes on without a line's end is no list of messages. */
const LINE_CHARS_MAX = 1_048_576;

export interface Line {
  readonly text: string;
  /** From 1, as editors count. */
  readonly number: number;
}

/** Empty lines are passed over: there are no empty messages. Rejects with LINE_TOO_LONG. */
export async function* readLines(input: Readable, groupLinesMax: number): AsyncGenerator<readonly Line[]> {
  const decoder = new StringDecoder("utf8");
  let number = 0;
  let rest = "";
  function* groups(parts: readonly string[]): Generator<readonly Line[]> {
    const lines = parts
      .map((part) => ({ text: part.endsWith("\r") ? part.slice(0, -1) : part, number: (number += 1) }))
      .filter(({ text }) => text !== "");
    for (let from = 0; from < lines.length; from += groupLinesMax)
      yield lines.slice(from, from + groupLinesMax);
  }
  for await (const chunk of input) {
    const parts = (rest + decoder.write(chunk as Buffer)).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LINE_CHARS_MAX) {
      throw new CommandError(
        "LINE_TOO_LONG",
        `line ${number + parts.length + 1} does not end`,
        "Give a message a line.",
      );
    }
    yield* groups(parts);
  }
  rest += decoder.end();
  if (rest !== "") yield* groups([rest]);
}
