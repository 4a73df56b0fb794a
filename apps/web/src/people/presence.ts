/** Presence, modestly: when somebody could last be reached, never whether they sit there. */

export function lastReachable(iso: string, nowMs: number): string {
  const ms = Date.parse(iso);
  const at = new Date(ms);
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date(nowMs).toDateString()) return `at ${time}`;
  return `on ${at.toLocaleDateString(undefined, { day: "numeric", month: "long" })}, ${time}`;
}
