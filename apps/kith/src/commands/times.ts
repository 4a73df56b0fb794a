/** Times as a list shows them. */

/** By this computer's clock, as "2026-05-03 10:00", whatever its language. */
export const minuteOf = (at: string): string =>
  new Date(at).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });

/** The day of it, as "2026-05-03". */
export const dayOf = (at: string): string => minuteOf(at).slice(0, 10);
