import { expect, test } from "vitest";
import { meant } from "./meant.ts";

const id = (first: string): string => first.padEnd(64, "0");
const ada = { id: id("aaaaaaaa1"), name: "Ada" };
const twin = { id: id("aaaaaaaa2"), name: "Ada" };
const bob = { id: id("bbbbbbbb"), name: "Bob" };
const find = (word: string, items = [ada, twin, bob]): string[] =>
  meant(items, word, (one) => one).map((one) => one.id);

test("an id, its beginning as lists show it, and a name mean somebody", () => {
  expect(find(bob.id)).toEqual([bob.id]);
  expect(find("bbbbbbbb")).toEqual([bob.id]);
  expect(find("Bob")).toEqual([bob.id]);
  expect(find("Ada")).toEqual([ada.id, twin.id]);
  expect(find("aaaaaaaa")).toEqual([ada.id, twin.id]);
});

test("too little of an id, other letters and nothing mean nobody", () => {
  for (const word of ["bbbbbbb", "BBBBBBBB", "", "bbbbbbbg", "bob"]) expect(find(word)).toEqual([]);
});

test("who calls themselves by another's id, or as it begins, is not taken for them", () => {
  const mallory = { id: id("cccccccc"), name: bob.id };
  expect(find(bob.id, [mallory, bob])).toEqual([bob.id]);
  const short = { id: id("dddddddd"), name: "bbbbbbbb" };
  expect(find("bbbbbbbb", [short, bob])).toEqual([short.id, bob.id]);
});

test("who is in several lists is one", () => {
  expect(find("Bob", [bob, { ...bob }])).toEqual([bob.id]);
});
