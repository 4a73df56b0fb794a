/** Server-sent events out of text that comes in pieces (HTML standard, 9.2.6), as far as a node sends them. */

/** An entry holds a message at most; what grows beyond this is no event of a node. */
export const EVENT_CHARS_MAX = 1_048_576;

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

export interface EventParser {
  /** False once an event has outgrown EVENT_CHARS_MAX: nothing more is read. */
  push(text: string): boolean;
}

/** `onPassed` hears an id that came without an event: a reader may resume from there. */
export function createEventParser(
  onEvent: (event: ServerEvent) => void,
  onPassed: (id: string) => void = () => undefined,
): EventParser {
  let rest = "";
  let name = "";
  let id = "";
  let data: string[] = [];
  let chars = 0;
  let skipsNewline = false;
  let isBroken = false;

  function takeLine(line: string): void {
    if (line === "") {
      if (data.length > 0) onEvent({ name: name === "" ? "message" : name, data: data.join("\n") });
      else if (id !== "") onPassed(id);
      name = id = "";
      data = [];
      chars = 0;
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") name = value;
    else if (field === "id") id = value;
    else if (field === "data") {
      data.push(value);
      chars += value.length + 1;
    }
  }

  return {
    push(text) {
      if (isBroken) return false;
      // The second half of a line's end that was cut between its two characters.
      const fresh = skipsNewline && text.startsWith("\n") ? text.slice(1) : text;
      if (text !== "") skipsNewline = text.endsWith("\r");
      const lines = (rest + fresh).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line);
      isBroken = rest.length + chars > EVENT_CHARS_MAX;
      return !isBroken;
    },
  };
}
