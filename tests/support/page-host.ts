/** The store of a page, run by a test in Node: real time, frames of 60 a second, never hidden. */
import { randomUUID } from "node:crypto";
import type { Host } from "@kith/react";

const FRAME_MS = 1_000 / 60;
const never = (): (() => void) => () => undefined;

export function createPageHost(): Host {
  const after = (delayMs: number, run: () => void): (() => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  return {
    nowMs: () => Date.now(),
    after,
    requestFrame: (run) => after(FRAME_MS, run),
    isHidden: () => false,
    onVisibility: never,
    onLeave: never,
    onBeforeLeave: never,
    remember: () => undefined,
    recall: () => null,
    rememberInTab: () => undefined,
    recallInTab: () => null,
    freshId: () => randomUUID(),
  };
}
