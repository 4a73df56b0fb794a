/** Bounds of membership. spec/limits.md gives each its reason in full. */

/** Control events of one space; ancestor sets cost n^2/16 bytes, 64 MiB at this many. */
export const CONTROL_EVENTS_MAX = 32_768;

/** Events about who is in one private channel; ancestor sets cost n^2/16 bytes, 1 MiB at this many. */
export const ROSTER_EVENTS_MAX = 4_096;

/** Evaluations kept for causal pasts that events cite; messages cite few different ones at a time. */
export const EVALUATIONS_MAX = 64;

/** Prekeys of one device that others know: those of two months, which is longer than their secrets are kept. */
export const PREKEYS_KEPT_MAX = 8;
