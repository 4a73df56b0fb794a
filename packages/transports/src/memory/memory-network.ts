/**
 * A network in one process: hosts with transports and discovery that behave as the real ones, driven by
 * the given clock and randomness alone. Owns who reaches whom. Links promise what spec/link says save
 * confidentiality; datagrams reach every other host, and a host's own other nodes.
 */
import { createHash } from "node:crypto";
import type { Clock, Discovery, Link, PeerAddress, Random, Transport } from "@kith/core/ports";
import { LinkError } from "../link-error.ts";
import { createFramedLink } from "../wire/framed-link.ts";
import { CALM, datagramDelays, pieceDelay } from "./conditions.ts";
import type { Conditions } from "./conditions.ts";
import { createMemoryWires, type MemoryWires, type Way } from "./memory-wire.ts";

/** As the TLS transport's. */
const DIAL_TIMEOUT_MS = 5_000;
/** First of the ports given out: where systems begin theirs. */
const EPHEMERAL_PORT_FIRST = 49_152;

export interface MemoryNetwork {
  /**
   * One transport of a host; a host may have several. Host names are free text; give IP addresses to look real.
   * It listens at this port where that is free, else at one that was never used.
   */
  transport(host: string, preferredPort?: number): Transport;
  discovery(host: string): Discovery;
  /** As a pulled cable between two hosts: nothing arrives, no link notices by itself. */
  cut(hostA: string, hostB: string): void;
  heal(hostA: string, hostB: string): void;
  /** What `conditions` answers has changed: what waited for a cut way may go on. */
  conditionsChanged(): void;
  /** Every process on the host ends where it is. silent: the others hear nothing of it (a power cut). */
  crash(host: string, options: { silent: boolean }): void;
}

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Asked for every piece and datagram. Calm without it. */
  readonly conditions?: (from: string, to: string) => Conditions;
  /** Queued bytes above which a link says that it has enough. Left out: as every link. */
  readonly highWaterBytes?: number;
}

interface Listener {
  readonly host: string;
  readonly port: number;
  accept(dialerHost: string, wires: MemoryWires): void;
}

interface Hearer {
  readonly host: string;
  readonly port: number;
  hear(datagram: Uint8Array, from: PeerAddress): void;
}

interface OpenWires {
  readonly dialer: string;
  readonly acceptor: string;
  readonly wires: MemoryWires;
}

export function createMemoryNetwork({
  clock,
  random,
  conditions = () => CALM,
  highWaterBytes,
}: MemoryNetworkOptions): MemoryNetwork {
  const listeners = new Map<string, Listener>();
  const hearers = new Map<string, Hearer>();
  const open = new Set<OpenWires>();
  const cuts = new Set<string>();
  /** How often a host has crashed: what was begun before does nothing any more. */
  const crashes = new Map<string, number>();
  let nextPort = EPHEMERAL_PORT_FIRST;

  function pairOf(hostA: string, hostB: string): string {
    return hostA < hostB ? `${hostA} ${hostB}` : `${hostB} ${hostA}`;
  }
  function isCut(from: string, to: string): boolean {
    return (cuts.size > 0 && cuts.has(pairOf(from, to))) || conditions(from, to).cut;
  }
  function conditionsChanged(): void {
    for (const { wires } of open) wires.pump();
  }
  function createWay(from: string, to: string): Way {
    // When the last piece has left the sender, where the rate is bounded.
    let freeMs = 0;
    return {
      isCut: () => isCut(from, to),
      delayMs(bytes) {
        const now = conditions(from, to);
        if (now.bytesPerS === null) return pieceDelay(now, random);
        const nowMs = clock.monotonicMs();
        freeMs = Math.max(freeMs, nowMs) + (bytes * 1_000) / now.bytesPerS;
        return freeMs - nowMs + pieceDelay(now, random);
      },
    };
  }
  function join(dialer: string, acceptor: string): MemoryWires {
    const secret = random.bytes(32);
    const wires = createMemoryWires({
      clock,
      exporter: (label) => new Uint8Array(createHash("sha256").update(secret).update(label).digest()),
      ways: { toAcceptor: createWay(dialer, acceptor), toDialer: createWay(acceptor, dialer) },
      onGone: () => open.delete(entry),
    });
    const entry: OpenWires = { dialer, acceptor, wires };
    open.add(entry);
    return wires;
  }
  /** There and back: what finding nobody, or somebody, takes. */
  function isReachable(hostA: string, hostB: string): boolean {
    return !isCut(hostA, hostB) && !isCut(hostB, hostA);
  }

  function createTransport(host: string, preferredPort?: number): Transport {
    const links = new Map<Link, Promise<void>>();
    const closing = new AbortController();
    let listening: Listener | null = null;
    const life = crashes.get(host) ?? 0;

    function makeLink(wires: MemoryWires, role: Link["role"], remote: PeerAddress): Link {
      const wire = wires[role];
      const { link, end } = createFramedLink({
        clock,
        role,
        remote,
        wire,
        ...(highWaterBytes !== undefined && { highWaterBytes }),
      });
      links.set(
        link,
        new Promise((resolve) => {
          wire.bind({
            received: end.received,
            closed(reason) {
              links.delete(link);
              end.closed(reason);
              resolve();
            },
          });
        }),
      );
      return link;
    }

    return {
      path: "lan",
      async listen(onLink) {
        if (closing.signal.aborted) throw closedError();
        if (listening !== null)
          throw new LinkError("LINK_LISTENING", "this transport listens already; close it first");
        const isFree = preferredPort !== undefined && !listeners.has(placeOf({ host, port: preferredPort }));
        const port = isFree ? preferredPort : nextPort++;
        listening = {
          host,
          port,
          accept(dialerHost, wires) {
            onLink(makeLink(wires, "acceptor", { host: dialerHost, port: nextPort++ }));
          },
        };
        listeners.set(placeOf(listening), listening);
        return { port };
      },
      dial(address, { signal }) {
        // Not AbortSignal.any: Node keeps such a signal, and all that listens, until it is aborted.
        const signals = [signal, closing.signal];
        return new Promise((resolve, reject) => {
          if (closing.signal.aborted) {
            reject(closedError());
            return;
          }
          const delayMs = isReachable(host, address.host)
            ? Math.min(DIAL_TIMEOUT_MS, 2 * pieceDelay(conditions(host, address.host), random))
            : DIAL_TIMEOUT_MS;
          const stopListening = (): void => {
            for (const each of signals) each.removeEventListener("abort", onAbort);
          };
          const cancel = clock.after(delayMs, () => {
            stopListening();
            if ((crashes.get(host) ?? 0) !== life) return;
            const listener = listeners.get(placeOf(address));
            if (!isReachable(host, address.host) || delayMs >= DIAL_TIMEOUT_MS) {
              reject(new LinkError("LINK_TIMEOUT", `${placeOf(address)} did not answer; check the cable`));
            } else if (listener === undefined) {
              reject(new LinkError("LINK_REFUSED", `nobody listens at ${placeOf(address)}; check the port`));
            } else {
              const wires = join(host, address.host);
              resolve(makeLink(wires, "dialer", address));
              listener.accept(host, wires);
            }
          });
          function onAbort(): void {
            cancel();
            stopListening();
            reject(
              new LinkError("LINK_ABORTED", `dialling ${placeOf(address)} was called off`, {
                cause: signals.find(({ aborted }) => aborted)?.reason,
              }),
            );
          }
          if (signals.some(({ aborted }) => aborted)) onAbort();
          else for (const each of signals) each.addEventListener("abort", onAbort, { once: true });
        });
      },
      async close() {
        closing.abort(closedError());
        if (listening !== null) listeners.delete(placeOf(listening));
        listening = null;
        for (const link of links.keys()) link.close("transport-closed");
        await Promise.all(links.values());
      },
    };
  }

  function createDiscovery(host: string): Discovery {
    let hearer: Hearer | null = null;
    function post(datagram: Uint8Array, to: Hearer, from: PeerAddress): void {
      if (isCut(host, to.host)) return;
      for (const delayMs of datagramDelays(conditions(host, to.host), random)) {
        // Its own copy: the sender may use its buffer again.
        const copy = new Uint8Array(datagram);
        clock.after(delayMs, () => {
          if (hearers.get(placeOf(to)) === to && !isCut(host, to.host)) to.hear(copy, from);
        });
      }
    }
    return {
      async start(onDatagram) {
        if (hearer !== null) return;
        hearer = { host, port: nextPort++, hear: onDatagram };
        hearers.set(placeOf(hearer), hearer);
      },
      announce(datagram) {
        if (hearer === null) return;
        for (const to of hearers.values()) if (to !== hearer) post(datagram, to, { host, port: hearer.port });
      },
      answer(datagram, address) {
        const to = hearers.get(placeOf(address));
        if (hearer !== null && to !== undefined) post(datagram, to, { host, port: hearer.port });
      },
      async stop() {
        if (hearer !== null) hearers.delete(placeOf(hearer));
        hearer = null;
      },
    };
  }

  return {
    transport: createTransport,
    discovery: createDiscovery,
    cut: (hostA, hostB) => void cuts.add(pairOf(hostA, hostB)),
    heal(hostA, hostB) {
      cuts.delete(pairOf(hostA, hostB));
      conditionsChanged();
    },
    conditionsChanged,
    crash(host, options) {
      crashes.set(host, (crashes.get(host) ?? 0) + 1);
      for (const [place, listener] of listeners) if (listener.host === host) listeners.delete(place);
      for (const [place, hearer] of hearers) if (hearer.host === host) hearers.delete(place);
      for (const { dialer, acceptor, wires } of open) {
        if (dialer === host) wires.sever("dialer", options);
        if (acceptor === host) wires.sever("acceptor", options);
      }
    },
  };
}

function placeOf({ host, port }: PeerAddress): string {
  return `${host} port ${port}`;
}

function closedError(): LinkError {
  return new LinkError("LINK_CLOSED", "the transport is closed; create another");
}
