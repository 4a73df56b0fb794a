/** What the options' texts mean. Each reader throws UsageError with what would be right. */
import { AUTO_LOCK_MINUTES_MAX } from "@kith/contract";
import type { Values } from "./parse.ts";
import { UsageError } from "./failure.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export function readPort(values: Values, option: string, fallback: number): number {
  const text = values.text(option);
  if (text === null) return fallback;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`--${option} is "${text}"`, "Give a port from 0 (any) to 65535.");
  return Number(text);
}

export function readSwitch(values: Values, option: string, fallback: boolean): boolean {
  const text = values.text(option);
  if (text === null) return fallback;
  if (text !== "on" && text !== "off") throw new UsageError(`--${option} is "${text}"`, "Give on or off.");
  return text === "on";
}

export function readChoice<Choice extends string>(
  values: Values,
  option: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const text = values.text(option);
  if (text === null) return fallback;
  const choice = choices.find((each) => each === text);
  if (choice === undefined)
    throw new UsageError(`--${option} is "${text}"`, `Give one of ${choices.join(", ")}.`);
  return choice;
}

export function readCount(
  values: Values,
  option: string,
  bounds: { readonly fallback: number; readonly max: number },
): number {
  const text = values.text(option);
  if (text === null) return bounds.fallback;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > bounds.max)
    throw new UsageError(`--${option} is "${text}"`, `Give a number from 1 to ${bounds.max}.`);
  return count;
}

export function readSeed(values: Values, option: string, fallback: number): number {
  const text = values.text(option);
  if (text === null) return fallback;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${option} is "${text}"`, "Give a whole number.");
  return Number(text);
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Shorter than this nobody can pass a link on. The node has the same bounds. */
const EXPIRY_MS_MIN = 60_000;
/** A year: what is to last longer says so, by never. */
const EXPIRY_MS_MAX = 365 * unitMs.d;

/** The text itself when it is a time from a minute to a year, as the API takes it; null for "never". */
export function readExpiry(values: Values, option: string, fallback: string): string | null {
  const text = values.text(option) ?? fallback;
  if (text === "never") return null;
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  if (ms < EXPIRY_MS_MIN || ms > EXPIRY_MS_MAX) {
    throw new UsageError(
      `--${option} is "${text}"`,
      "Give a time from a minute to a year such as 30m, 24h or 7d, or never.",
    );
  }
  return text;
}

/** Whole minutes of a time from a minute to thirty days, as the API takes them; null for "off". */
export function readMinutes(text: string): number | null {
  if (text === "off") return null;
  const match = /^(\d{1,5})([mhd])$/.exec(text);
  const minutes = match === null ? 0 : (Number(match[1]) * unitMs[match[2] as "m" | "h" | "d"]) / unitMs.m;
  if (minutes < 1 || minutes > AUTO_LOCK_MINUTES_MAX)
    throw new UsageError(
      `"${text}" is no time`,
      "Give one from a minute to 30 days such as 15m or 2h, or off.",
    );
  return minutes;
}

/** HOST:PORT, or [IPV6]:PORT. */
export function readHostPort(text: string, option: string): HostPort {
  const match =
    /^\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]:(\d{1,5})$/.exec(text) ?? /^([^/\s:@[\]]+):(\d{1,5})$/.exec(text);
  const [, host, port] = match ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`--${option} is "${text}"`, "Give HOST:PORT, for example 192.168.1.20:5484.");
  }
  return { host, port: Number(port) };
}

/** The origin of a page: scheme, host and port. */
export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--allow-origin is "${text}"`, "Give an origin such as http://localhost:5173.");
  return url.origin;
}

/** SPACE/CHANNEL, parted at the last slash: neither name holds one, but an older space's may. */
export function readPlace(text: string): { space: string; channel: string } {
  const at = text.lastIndexOf("/");
  const space = text.slice(0, Math.max(0, at));
  const channel = text.slice(at + 1);
  if (space === "" || channel === "")
    throw new UsageError(`"${text}" is not SPACE/CHANNEL`, "For example: Climbing/general.");
  return { space, channel };
}
