import { expect, it } from "vitest";
import { CoreError } from "./errors.ts";
import { sipHashInto } from "./siphash.ts";

const key = Uint8Array.from({ length: 16 }, (_, index) => index);

it("[DI2] SipHash-2-4 gives the values of its authors' reference", () => {
  const out = new Uint8Array(8);
  const values = [0, 1, 15].map((length) => {
    sipHashInto(
      out,
      key,
      Uint8Array.from({ length }, (_, index) => index),
    );
    return Buffer.from(out).toString("hex");
  });
  expect(values).toEqual(["310e0edd47db6f72", "fd67dc93c539f874", "e545be4961ca29a1"]);
  expect(() => sipHashInto(out, key.subarray(1), key)).toThrow(CoreError);
});
