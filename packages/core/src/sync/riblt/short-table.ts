/**
 * Where the events of a scope stand in the order of arrival, by short id: an open-addressing table of numbers, 16
 * bytes an event. Owns the search; whoever asks checks what is found, for only half of a short id is compared.
 * spec/sync SY25.
 */
import type { ShortId } from "../../ids.ts";

export interface ShortTable {
  add(short: ShortId, arrival: number): void;
  /** Arrivals of what may have this short id; nearly always one or none. */
  find(short: ShortId): number[];
}

const FIRST_SLOTS = 1_024;

export function createShortTable(): ShortTable {
  // Zero is no arrival: the first is 1.
  let arrivals = new Float64Array(FIRST_SLOTS);
  let words = new Uint32Array(FIRST_SLOTS);
  let used = 0;

  function put(word: number, arrival: number): void {
    const mask = arrivals.length - 1;
    let slot = word & mask;
    while (arrivals[slot] !== 0) slot = (slot + 1) & mask;
    arrivals[slot] = arrival;
    words[slot] = word;
  }

  function grow(): void {
    const [before, wordsBefore] = [arrivals, words];
    arrivals = new Float64Array(before.length * 2);
    words = new Uint32Array(before.length * 2);
    for (let slot = 0; slot < before.length; slot += 1) {
      const arrival = before[slot] as number;
      if (arrival !== 0) put(wordsBefore[slot] as number, arrival);
    }
  }

  return {
    add(short, arrival) {
      used += 1;
      if (used * 2 > arrivals.length) grow();
      put(wordOf(short), arrival);
    },
    find(short) {
      const word = wordOf(short);
      const mask = arrivals.length - 1;
      const found: number[] = [];
      for (let slot = word & mask; arrivals[slot] !== 0; slot = (slot + 1) & mask) {
        if (words[slot] === word) found.push(arrivals[slot] as number);
      }
      return found;
    },
  };
}

/** Its last four bytes: under a secret key they are as random as any. */
function wordOf(short: ShortId): number {
  return Number.parseInt(short.slice(8), 16);
}
