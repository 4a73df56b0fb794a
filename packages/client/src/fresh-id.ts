/** 32 hexadecimal digits that nobody else has. Not randomUUID: pages over plain HTTP of another host do not have it. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
