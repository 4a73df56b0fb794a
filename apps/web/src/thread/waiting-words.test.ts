import { expect, test } from "vitest";
import { closedWords, waitingWords } from "./waiting-words.ts";

const ben = {
  channel: null,
  person: "b",
  name: "Ben",
  device: "b1",
  deviceName: "Ben's phone",
  events: 3,
  since: "2031-04-12T09:00:00.000Z",
};
const general = { channel: "general", isPrivate: false };

test("[EP85] what does not open yet names whose key it waits for, in the channels that it may be of", () => {
  expect(waitingWords([], general)).toBeNull();
  expect(waitingWords([ben], general)).toBe(
    "3 entries cannot be read yet: waiting for a key from Ben (Ben's phone).",
  );
  expect(waitingWords([{ ...ben, events: 1, deviceName: null }], general)).toBe(
    "One entry cannot be read yet: waiting for a key from Ben.",
  );
  const nobody = { ...ben, person: null, name: null, device: null, deviceName: null };
  expect(waitingWords([nobody], general)).toMatch(/from a member\.$/);
  expect(waitingWords([ben, { ...ben, name: "Cem", device: "c1" }], general)).toMatch(
    /^6 entries .* from Ben \(Ben's phone\) and 1 more\.$/,
  );
  // A private channel waits for its own alone.
  expect(waitingWords([ben], { channel: "board", isPrivate: true })).toBeNull();
  expect(waitingWords([{ ...ben, channel: "board" }], { channel: "board", isPrivate: true })).not.toBeNull();
  expect(waitingWords([{ ...ben, channel: "board" }], general)).toBeNull();
});

test("[EP98] what never opens is told by its number, and not of a channel that has none", () => {
  expect(closedWords(0, { isPrivate: false })).toBeNull();
  expect(closedWords(3, { isPrivate: true })).toBeNull();
  expect(closedWords(1, { isPrivate: false })).toMatch(/^One entry cannot .* its key was destroyed/);
  expect(closedWords(3, { isPrivate: false })).toMatch(/^3 entries cannot .* their keys were destroyed/);
});
