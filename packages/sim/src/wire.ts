/**
 * What crosses the links of a world: how often each event came to each host. A host may be made to hold back the
 * events it sends, to alter them, or to keep them to itself while everything else it says goes out, as one that lies about what it has.
 */
import { decodeFrame, decodeOuter, encodeFrame, frameTypes, shedBody } from "@kith/core";
import type { EventId, Link, Transport } from "@kith/core";
import type { Rounds } from "./rounds.ts";
import type { Timeline } from "./timeline.ts";

interface Came {
  readonly count: number;
  readonly bucket: number;
  /** At least once with its body. */
  readonly isWhole: boolean;
}

export class Wire {
  readonly #timeline: Timeline;
  readonly #rounds: Rounds;
  readonly #came = new Map<string, Map<EventId, Came>>();
  readonly #senders = new Map<string, Map<string, number>>();
  readonly #types = new Map<string, Set<number>>();
  readonly #msPerFrame = new Map<string, number>();
  readonly #garbled = new Set<string>();
  readonly #stripped = new Set<string>();
  readonly #silent = new Set<string>();

  constructor(timeline: Timeline, rounds: Rounds) {
    this.#timeline = timeline;
    this.#rounds = rounds;
  }

  /** Events that came to this host over links, and those of them that it had been sent before. */
  cameTo(host: string): { readonly events: number; readonly again: number } {
    const all = [...(this.#came.get(host)?.values() ?? [])];
    const events = all.reduce((sum, { count }) => sum + count, 0);
    return { events, again: events - all.length };
  }

  /** Those of an earlier bucket: with their body, or without. */
  cameBelow(host: string, bucket: number): { readonly whole: EventId[]; readonly shed: EventId[] } {
    const below = [...(this.#came.get(host) ?? [])].filter(([, came]) => came.bucket < bucket);
    const idsOf = (isWhole: boolean): EventId[] =>
      below.flatMap(([id, came]) => (came.isWhole === isWhole ? id : []));
    return { whole: idsOf(true), shed: idsOf(false) };
  }

  /** Of those, how many each other host sent. */
  sendersTo(host: string): ReadonlyMap<string, number> {
    return this.#senders.get(host) ?? new Map();
  }

  /** Types of all frames that came to this host. */
  typesTo(host: string): ReadonlySet<number> {
    return this.#types.get(host) ?? new Set();
  }

  /** To all hosts. */
  came(): { readonly events: number; readonly again: number } {
    const all = [...this.#came.keys()].map((host) => this.cameTo(host));
    return {
      events: all.reduce((sum, { events }) => sum + events, 0),
      again: all.reduce((sum, { again }) => sum + again, 0),
    };
  }

  forget(): void {
    this.#came.clear();
    this.#senders.clear();
    this.#types.clear();
  }

  /** Each frame of events that leaves the host takes so long. */
  holdBack(host: string, msPerFrame: number): void {
    this.#msPerFrame.set(host, msPerFrame);
  }

  /** Events leave the host without their bodies. */
  strip(host: string): void {
    this.#stripped.add(host);
  }

  /** No event leaves the host. */
  silence(host: string): void {
    this.#silent.add(host);
  }

  /** In each frame of events that leaves the host one event is altered. */
  garble(host: string): void {
    this.#garbled.add(host);
  }

  heal(): void {
    this.#msPerFrame.clear();
    this.#garbled.clear();
    this.#stripped.clear();
    this.#silent.clear();
  }

  watch(transport: Transport, host: string): Transport {
    return {
      path: transport.path,
      listen: (onLink) => transport.listen((link) => onLink(this.#watchLink(link, host))),
      dial: async (address, options) => this.#watchLink(await transport.dial(address, options), host),
      close: () => transport.close(),
    };
  }

  #watchLink(link: Link, host: string): Link {
    let freeMs = 0;
    const send: Link["send"] = (type, payload, priority) => {
      if (type !== frameTypes.events) {
        this.#rounds.sent(host, link.remote.host, type, payload);
        return link.send(type, payload, priority);
      }
      if (this.#silent.has(host)) return true;
      if (this.#stripped.has(host)) return link.send(type, strip(payload), priority);
      if (this.#garbled.has(host)) return link.send(type, alter(payload), priority);
      const heldMs = this.#msPerFrame.get(host) ?? 0;
      if (heldMs === 0) return link.send(type, payload, priority);
      const { nowMs } = this.#timeline;
      freeMs = Math.max(freeMs, nowMs) + heldMs;
      this.#timeline.after(freeMs - nowMs, () => link.send(type, payload, priority));
      return true;
    };
    const attach: Link["attach"] = (handlers) =>
      link.attach({
        onFrame: (type, payload) => {
          this.#types.set(host, (this.#types.get(host) ?? new Set()).add(type));
          if (type === frameTypes.events) this.#count(host, link.remote.host, payload);
          handlers.onFrame(type, payload);
        },
        onDrain: () => handlers.onDrain(),
        onClose: (reason) => {
          this.#rounds.forget(host, link.remote.host);
          handlers.onClose(reason);
        },
      });
    return {
      role: link.role,
      remote: link.remote,
      get queuedBytes() {
        return link.queuedBytes;
      },
      exporter: (label) => link.exporter(label),
      attach,
      send,
      pause: () => link.pause(),
      resume: () => link.resume(),
      close: (reason) => link.close(reason),
    };
  }

  #count(host: string, from: string, payload: Uint8Array): void {
    const frame = decodeFrame(frameTypes.events, payload);
    if (frame.type !== "events") return;
    const came = this.#came.get(host) ?? new Map<EventId, Came>();
    this.#came.set(host, came);
    const senders = this.#senders.get(host) ?? new Map<string, number>();
    this.#senders.set(host, senders);
    senders.set(from, (senders.get(from) ?? 0) + frame.outers.length);
    for (const outer of frame.outers) {
      const { id, bucket, sealedBody } = decodeOuter(outer);
      const before = came.get(id);
      came.set(id, {
        count: (before?.count ?? 0) + 1,
        bucket,
        isWhole: before?.isWhole === true || sealedBody !== null,
      });
    }
  }
}

function strip(payload: Uint8Array): Uint8Array {
  const frame = decodeFrame(frameTypes.events, payload);
  if (frame.type !== "events") return payload;
  return encodeFrame({ ...frame, outers: frame.outers.map((outer) => shedBody(outer)) }).payload;
}

/** The end of the last event: of its sealed body. */
function alter(payload: Uint8Array): Uint8Array {
  const altered = payload.slice();
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  return altered;
}
