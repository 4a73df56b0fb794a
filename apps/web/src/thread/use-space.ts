/** A space by its id, as the list has it. */
import { useSpaces } from "@kith/react";
import type { Space } from "@kith/react";

export function useSpaceOf(id: string): Space | null {
  return useSpaces().spaces.find((space) => space.id === id) ?? null;
}
