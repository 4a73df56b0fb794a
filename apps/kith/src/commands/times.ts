/** Times as a list shows them. */

/** By this computer's clock, as "2026-05-03 10:00", whatever its language. */
export const minuteOf = (at: string): string =>
  new Date(at).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });
