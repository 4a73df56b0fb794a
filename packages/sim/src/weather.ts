/** The state of a network with faults: one weather for all, cables cut in either direction, hosts that are asleep. */
import { CALM } from "@kith/transports/memory";
import type { Conditions } from "@kith/transports/memory";

const CUT: Conditions = { ...CALM, cut: true };

export class Weather {
  #common: Conditions = CALM;
  readonly #cut = new Set<string>();
  readonly #asleep = new Set<string>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  at(from: string, to: string): Conditions {
    if (this.#cut.size === 0 && this.#asleep.size === 0) return this.#common;
    if (this.#asleep.has(from) || this.#asleep.has(to) || this.#cut.has(wayOf(from, to))) return CUT;
    return this.#common;
  }

  become(common: Partial<Conditions>): void {
    this.#common = { ...CALM, ...common };
    this.#onChange();
  }

  /** One direction alone. */
  cutWay(from: string, to: string): void {
    this.#cut.add(wayOf(from, to));
  }

  /** Hosts of different groups do not reach each other; a host in no group reaches nobody. */
  split(hosts: readonly string[], groups: readonly (readonly string[])[]): void {
    this.#cut.clear();
    const groupOf = (host: string): number => groups.findIndex((group) => group.includes(host));
    for (const from of hosts) {
      for (const to of hosts) {
        const group = groupOf(from);
        if (from !== to && (group < 0 || group !== groupOf(to))) this.#cut.add(wayOf(from, to));
      }
    }
    this.#onChange();
  }

  /** Both directions of exactly these. */
  cutLinks(links: readonly (readonly [string, string])[]): void {
    this.#cut.clear();
    for (const [one, other] of links) {
      this.#cut.add(wayOf(one, other));
      this.#cut.add(wayOf(other, one));
    }
    this.#onChange();
  }

  heal(): void {
    this.#cut.clear();
    this.#onChange();
  }

  setAsleep(host: string, asleep: boolean): void {
    if (asleep) this.#asleep.add(host);
    else this.#asleep.delete(host);
    this.#onChange();
  }
}

function wayOf(from: string, to: string): string {
  return `${from}>${to}`;
}
