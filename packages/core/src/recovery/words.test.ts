import fc from "fast-check";
import { expect, test } from "vitest";
import { CoreError } from "../crypto/index.ts";
import { personRootFromSeed } from "../identity/index.ts";
import { isRecoveryWord, readRecoveryWords, RECOVERY_TEXT_CHARS_MAX, recoveryWords } from "./words.ts";

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const codeOf = (text: string): string => {
  try {
    readRecoveryWords(text);
    return "read";
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
};

test("[ID46] the words are those of BIP 39: its own examples, and the person that follows from them", () => {
  const zeros = new Uint8Array(32);
  expect(recoveryWords(zeros).join(" ")).toBe(`${"abandon ".repeat(23)}art`);
  expect(recoveryWords(new Uint8Array(32).fill(0x80)).join(" ")).toBe(
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
  );
  expect(recoveryWords(new Uint8Array(32).fill(0xff)).join(" ")).toBe(`${"zoo ".repeat(23)}vote`);
  expect(personRootFromSeed(readRecoveryWords(`${"abandon ".repeat(23)}art`)).person).toBe(
    "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
  );
  expect(() => recoveryWords(new Uint8Array(16))).toThrow(expect.objectContaining({ code: "RECOVERY_SEED" }));
});

test("[ID46] [ID47] whatever the seed, its words give it back: in capitals, numbered, in columns, or cut after four letters", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const words = recoveryWords(seed);
      for (const text of [
        words.join(" "),
        words.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join("\r\n"),
        ` ${words.join(",\t")}\n`,
        words.map((word) => word.slice(0, 4)).join(" "),
      ])
        expect(readRecoveryWords(text)).toEqual(seed);
    }),
    { numRuns: 60 },
  );
});

test("[ID47] a wrong word, a missing one and two exchanged are told apart, and none is repeated", () => {
  const words = recoveryWords(new Uint8Array(32).fill(7));
  expect(codeOf(words.slice(1).join(" "))).toBe("RECOVERY_WORDS_COUNT");
  expect(codeOf([...words, "zoo"].join(" "))).toBe("RECOVERY_WORDS_COUNT");
  expect(codeOf("x".repeat(RECOVERY_TEXT_CHARS_MAX + 1))).toBe("RECOVERY_WORDS_COUNT");
  const misspelt = [...words.slice(0, 11), "qwertz", ...words.slice(12)].join(" ");
  expect(codeOf(misspelt)).toBe("RECOVERY_WORD_UNKNOWN");
  expect(() => readRecoveryWords(misspelt)).toThrow(/word 12/);
  expect(() => readRecoveryWords(misspelt)).not.toThrow(/qwertz/);
  const [first = "", second = "", ...rest] = words;
  const swapped = first === second ? words : [second, first, ...rest];
  expect(["read", "RECOVERY_WORDS_WRONG"]).toContain(codeOf(swapped.join(" ")));
  expect(codeOf([...Array<string>(24).fill("abandon")].join(" "))).toBe("RECOVERY_WORDS_WRONG");
});

test("[ID47] any text is read or refused with a code, in bounded time", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 2_000, unit: "binary" }), fc.string()), (text) => {
      expect(codeOf(text)).toMatch(/^(read|RECOVERY_)/);
    }),
    { numRuns: 300 },
  );
});

test("[ID48] a word counts however it is typed, and no other does", () => {
  expect(["abandon", " ABANDON ", "aban", "Aband"].map((typed) => isRecoveryWord(typed, "abandon"))).toEqual(
    Array<boolean>(4).fill(true),
  );
  expect(["ability", "aba", "", "abandoned"].map((typed) => isRecoveryWord(typed, "abandon"))).toEqual(
    Array<boolean>(4).fill(false),
  );
});
