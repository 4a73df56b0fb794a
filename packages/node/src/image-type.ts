/** What an image is by its first bytes; nothing else of it is looked at. */
import { sha256 } from "@kith/core";

const types = [
  { type: "image/png", at: 0, magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: "image/jpeg", at: 0, magic: [0xff, 0xd8, 0xff] },
  { type: "image/webp", at: 8, magic: [0x57, 0x45, 0x42, 0x50] },
] as const;

export type ImageType = (typeof types)[number]["type"];

/** null: none that a browser shows without running anything. */
export function imageTypeOf(bytes: Uint8Array): ImageType | null {
  return (
    types.find(({ at, magic }) => magic.every((byte, index) => bytes[at + index] === byte))?.type ?? null
  );
}

/** Names the bytes of a picture, so that another one has another address. */
export function avatarIdOf(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString("hex", 0, 8);
}
