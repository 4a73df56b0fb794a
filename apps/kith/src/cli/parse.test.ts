/** How a command line is read. */
import { describe, expect, test } from "vitest";
import { UsageError } from "./failure.ts";
import { findCommand, parseCommand } from "./parse.ts";
import type { Values } from "./parse.ts";
import { commands } from "./table.ts";
import {
  readCount,
  readExpiry,
  readHostPort,
  readOrigin,
  readPlace,
  readPort,
  readSwitch,
} from "./values.ts";

function parse(...argv: string[]) {
  const found = findCommand(argv, commands);
  if (found === null) throw new UsageError(`no command in ${argv.join(" ")}`);
  return parseCommand(found.command, found.rest);
}

function given(values: Readonly<Record<string, string>>): Values {
  return { text: (option) => values[option] ?? null, texts: () => [], flag: () => false };
}

describe("words of a command", () => {
  test("a command of two words is told from its operand", () => {
    expect(parse("space", "create", "list")).toMatchObject({
      command: { name: "space create" },
      operands: ["list"],
    });
    expect(findCommand(["space"], commands)).toBeNull();
    expect(findCommand(["Space", "create"], commands)).toBeNull();
  });

  test("texts stay texts: numbers, dashes and blanks are as they were typed", () => {
    expect(parse("send", "a/b", "007").operands[1]).toBe("007");
    expect(parse("send", "a/b", "-").operands[1]).toBe("-");
    expect(parse("send", "a/b", "--", "--json").operands[1]).toBe("--json");
    expect(parse("up", "--name", "1e3").values.text("name")).toBe("1e3");
    expect(parse("alias", " two  words ").operands).toEqual([" two  words "]);
  });

  test("an option may stand anywhere, with a blank or an equals sign", () => {
    const { operands, values } = parse("send", "--json", "a/b", "--data=/tmp/x y", "hello");
    expect(operands).toEqual(["a/b", "hello"]);
    expect(values.flag("json")).toBe(true);
    expect(values.text("data")).toBe("/tmp/x y");
  });

  test("a repeatable option keeps every value, another the last", () => {
    const { values } = parse("up", "--peer", "a:1", "--peer", "b:2", "--name", "x", "--name", "y");
    expect(values.texts("peer")).toEqual(["a:1", "b:2"]);
    expect(values.text("name")).toBe("y");
  });

  test("help is given without the operands that the command needs", () => {
    expect(parse("join", "--help").wantsHelp).toBe(true);
    expect(parse("join", "-h").wantsHelp).toBe(true);
  });

  test.each([
    [["status", "--nope"]],
    [["up", "--name"]],
    [["up", "--visible=yes"]],
    [["space", "create"]],
    [["alias", "two", "words"]],
    [["send", "a/b", "-x"]],
  ])("%j is refused, with what to do", (argv) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    try {
      parse(...argv);
    } catch (error) {
      expect((error as UsageError).next).toContain("--help");
    }
  });

  test("every command has words for the help, and required operands come first", () => {
    for (const { name, summary, operands } of commands) {
      expect(summary, name).not.toBe("");
      const optional = operands.findIndex((operand) => operand.startsWith("["));
      if (optional !== -1)
        expect(operands.slice(optional).every((operand) => operand.startsWith("["))).toBe(true);
    }
  });
});

describe("values of options", () => {
  test.each(["1m", "60s", "30m", "24h", "7d", "365d"])("--expires %s is a time", (text) => {
    expect(readExpiry(given({ expires: text }), "expires", "7d")).toBe(text);
  });

  test("--expires never is no end, and without it there is a week", () => {
    expect(readExpiry(given({ expires: "never" }), "expires", "7d")).toBeNull();
    expect(readExpiry(given({}), "expires", "7d")).toBe("7d");
  });

  test.each(["", "7", "d", "-1d", "1.5h", "59s", "366d", "7 d", "7D", "9999999999h", "soon"])(
    "--expires %j is refused",
    (text) => {
      expect(() => readExpiry(given({ expires: text }), "expires", "7d")).toThrow(UsageError);
    },
  );

  test("ports run from 0 to 65535", () => {
    expect(readPort(given({}), "port", 8_888)).toBe(8_888);
    expect(readPort(given({ port: "0" }), "port", 8_888)).toBe(0);
    for (const port of ["65536", "-1", "0x50", "", "80 ", "1e3"])
      expect(() => readPort(given({ port }), "port", 1), port).toThrow(UsageError);
  });

  test("addresses are a host and a port, IPv6 in brackets", () => {
    expect(readHostPort("192.168.1.20:5484", "peer")).toEqual({ host: "192.168.1.20", port: 5_484 });
    expect(readHostPort("[fe80::1%eth0]:5484", "peer")).toEqual({ host: "fe80::1%eth0", port: 5_484 });
    expect(readHostPort("laptop.local:1", "peer")).toEqual({ host: "laptop.local", port: 1 });
    for (const text of ["laptop", "fe80::1:5484", "host:0", "host:70000", ":5484", "http://host:1"]) {
      expect(() => readHostPort(text, "peer"), text).toThrow(UsageError);
    }
  });

  test("a place is parted at its last slash", () => {
    expect(readPlace("Climbing/general")).toEqual({ space: "Climbing", channel: "general" });
    expect(readPlace("a/b/c")).toEqual({ space: "a/b", channel: "c" });
    for (const text of ["Climbing", "/general", "Climbing/", "/"])
      expect(() => readPlace(text), text).toThrow(UsageError);
  });

  test("switches, counts and origins", () => {
    expect(readSwitch(given({ lan: "off" }), "lan", true)).toBe(false);
    expect(() => readSwitch(given({ lan: "false" }), "lan", true)).toThrow(UsageError);
    expect(readCount(given({ uses: "12" }), "uses", { fallback: 1, max: 20 })).toBe(12);
    for (const uses of ["0", "21", "-3", "1.5", "many"])
      expect(() => readCount(given({ uses }), "uses", { fallback: 1, max: 20 }), uses).toThrow(UsageError);
    expect(readOrigin("http://localhost:5173/page")).toBe("http://localhost:5173");
    for (const origin of ["localhost", "file:///x", "javascript:0"])
      expect(() => readOrigin(origin), origin).toThrow(UsageError);
  });
});
