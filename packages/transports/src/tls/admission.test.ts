import { expect, test } from "vitest";
import { createAdmission, type Admitted } from "./admission.ts";
import {
  ACCEPTED_MAX,
  ACCEPTED_PER_ADDRESS_MAX,
  HALF_OPEN_MAX,
  HALF_OPEN_PER_ADDRESS_MAX,
} from "./limits.ts";

test("[LK15] attack 14: one address has a bounded part of the unfinished handshakes", () => {
  const admission = createAdmission();
  const admitted = Array.from({ length: 100 }, () => admission.admit("10.0.0.1")).filter(
    (one) => one !== null,
  );
  expect(admitted.length).toBe(HALF_OPEN_PER_ADDRESS_MAX);
  expect(admission.admit("10.0.0.2")).not.toBeNull();
  admitted[0]!.secured();
  expect(admission.admit("10.0.0.1")).not.toBeNull();
});

test("[LK15] attack 14: all addresses together have a bounded number of unfinished handshakes", () => {
  const admission = createAdmission();
  for (let index = 0; index < 1_000; index += 1) admission.admit(`10.0.${index >> 8}.${index & 255}`);
  expect(admission.halfOpen).toBe(HALF_OPEN_MAX);
});

test("[LK16] attack 14: accepted links are bounded, by address and in total, and a place is free again after a close", () => {
  const admission = createAdmission();
  const fill = (host: string): Admitted[] => {
    const admitted: Admitted[] = [];
    for (let one = admission.admit(host); one !== null; one = admission.admit(host)) {
      one.secured();
      admitted.push(one);
    }
    return admitted;
  };
  const first = fill("10.0.0.1");
  expect(first.length).toBe(ACCEPTED_PER_ADDRESS_MAX);
  for (let index = 2; index < 10; index += 1) fill(`10.0.0.${index}`);
  expect(admission.accepted).toBe(ACCEPTED_MAX);
  for (const one of first) {
    one.closed();
    one.closed();
    one.secured();
  }
  expect(admission.accepted).toBe(ACCEPTED_MAX - ACCEPTED_PER_ADDRESS_MAX);
  expect(admission.halfOpen).toBe(0);
  expect(fill("10.0.0.77").length).toBe(ACCEPTED_PER_ADDRESS_MAX);
});
