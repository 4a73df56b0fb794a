import type { Message } from "@kith/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeText, isolate, renderLink, renderMessages, renderPage } from "./export-page.ts";

const messageOf = (text: string, authorName: string): Message => ({
  id: "ab".repeat(32),
  space: "s",
  channel: "c",
  author: "a",
  authorName,
  device: "d",
  text,
  at: "2026-05-03T10:00:00.000Z",
  expires: null,
  reactions: [{ emoji: text.slice(0, 8) || "x", people: ["a"] }],
  files: [],
  delivery: { devices: 0, of: 0, readBy: 0 },
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom("<", ">", '"', "'", "&", "/", "script", " onload=", "\u202e", "\0", "-->"),
  }),
);

test("attack 25: nothing that others write becomes markup of an archive's page", () => {
  const tagsOf = (page: string): string[] => page.match(/<[^>]*>/g) ?? [];
  const harmless = tagsOf(renderPage("t", renderMessages([messageOf("x", "n")])));
  fc.assert(
    fc.property(hostile, hostile, (text, name) => {
      const page = renderPage(name, renderMessages([messageOf(text, name)]));
      expect(tagsOf(page)).toEqual(harmless);
      expect(escapeText(text)).not.toMatch(/[<>"']/);
      expect(tagsOf(renderLink({ to: "a.html", words: text }))).toEqual([
        '<a href="a.html" dir="auto">',
        "</a>",
      ]);
      expect(tagsOf(isolate(name))).toEqual(["<bdi>", "</bdi>"]);
    }),
  );
});

test("a text is shown as it was written, blanks and lines included", () => {
  const text = "one  two\n\tthree & <four>";
  const page = renderMessages([messageOf(text, "Ann")]);
  expect(page).toContain("one  two\n\tthree &amp; &lt;four&gt;");
});
