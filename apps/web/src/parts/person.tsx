/** A person as a square with initials, in a colour that stays theirs. */
import type { ReactNode } from "react";

const hues = [25, 75, 150, 200, 250, 300, 340];

export function hueOf(id: string): number {
  return hues[Number.parseInt(id.slice(0, 6), 16) % hues.length] ?? 200;
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  /** Names their picture, where they have one and it is known here. */
  readonly picture?: string | null;
  readonly size?: number;
}

export function Avatar({ id, name, picture = null, size = 36 }: AvatarProps): ReactNode {
  const box = { width: size, height: size };
  if (picture !== null)
    return (
      <img
        src={`/api/people/${id}/avatar?${picture}`}
        alt=""
        className="shrink-0 rounded-lg object-cover select-none"
        style={box}
      />
    );
  return (
    <span
      aria-hidden="true"
      className="grid shrink-0 place-content-center rounded-lg text-[12px] font-semibold text-white select-none"
      style={{
        background: `oklch(0.45 0.11 ${hueOf(id)})`,
        ...box,
        // Two letters in the middle of a large square look lost.
        ...(size > 40 && { fontSize: size * 0.36 }),
      }}
    >
      {initialsOf(name)}
    </span>
  );
}
