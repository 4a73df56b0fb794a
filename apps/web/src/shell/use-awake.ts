/** Tells the node that its person is here, while they move: what the page asks by itself says nothing of that. */
import { useEffect } from "react";
import { client } from "../client.ts";

/** A third of the shortest time after which a node may lock itself. */
const TELL_MS = 20_000;
const signs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

export function useAwake(isOpen: boolean): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    let toldMs = -TELL_MS;
    const tell = ({ isTrusted, timeStamp }: Event): void => {
      if (!isTrusted || timeStamp - toldMs < TELL_MS) return;
      toldMs = timeStamp;
      // It is told again with the next movement.
      client.stayAwake().catch(() => undefined);
    };
    for (const sign of signs) addEventListener(sign, tell, { passive: true });
    return () => {
      for (const sign of signs) removeEventListener(sign, tell);
    };
  }, [isOpen]);
}
