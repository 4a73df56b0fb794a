/**
 * Which private channels go over one link: those whose roster here has the person at the other end. What is served to
 * nobody else is named to nobody else. spec/session SE30-SE33.
 */
import type { DeviceId, EventId, PersonId, ScopeId } from "@kith/core";
import type { Replica } from "./replica.ts";

export interface Turn {
  /** Served from now on. */
  readonly opened: readonly ScopeId[];
  /** What ended the other person's part in channels that it may not have heard the end of. */
  readonly farewells: readonly EventId[];
}

export class PrivateScopes {
  readonly #person: PersonId;
  readonly #self: DeviceId;
  /** Of these a key was handed over on this link. */
  readonly #vouched = new Set<ScopeId>();
  readonly #served = new Set<ScopeId>();
  readonly #parted = new Set<ScopeId>();

  constructor({ person, self }: { readonly person: PersonId; readonly self: DeviceId }) {
    this.#person = person;
    this.#self = self;
  }

  /**
   * The other side gave us a key of it. While we are not known to be in it, it is heard about it; true: from now on.
   * isNew: not held before. An old one anybody may have kept who was in it once.
   */
  hear(replica: Replica, scope: ScopeId, { isNew }: { readonly isNew: boolean }): boolean {
    const roster = replica.rosters.get(scope);
    if (!roster || this.goes(replica, scope) || (!isNew && roster.facts !== null)) return false;
    this.#vouched.add(scope);
    return true;
  }

  goes({ rosters, membership }: Replica, scope: ScopeId): boolean {
    const roster = rosters.get(scope);
    if (!roster) return false;
    if (roster.people().has(this.#person)) return true;
    return this.#vouched.has(scope) && !this.#isIn({ rosters, membership }, scope);
  }

  /** This person is in it: what is not known of it is missing. Of another channel the other side may have nothing to say. */
  isAwaited(replica: Replica, scope: ScopeId): boolean {
    return !replica.rosters.has(scope) || this.#isIn(replica, scope);
  }

  #isIn({ rosters, membership }: Pick<Replica, "rosters" | "membership">, scope: ScopeId): boolean {
    const self = membership.state().devices.get(this.#self)?.person;
    return self !== undefined && rosters.get(scope)?.people().has(self) === true;
  }

  of(replica: Replica): ScopeId[] {
    return [...replica.rosters.keys()].filter((scope) => this.goes(replica, scope));
  }

  /** What has changed since the last turn. */
  turn(replica: Replica): Turn {
    const opened: ScopeId[] = [];
    const farewells: EventId[] = [];
    for (const [scope, roster] of replica.rosters) {
      if (this.goes(replica, scope)) {
        if (!this.#served.has(scope)) opened.push(scope);
        this.#served.add(scope);
        this.#parted.delete(scope);
        continue;
      }
      this.#served.delete(scope);
      if (this.#parted.has(scope)) continue;
      const endings = roster.endingsOf(this.#person);
      if (endings.length > 0) this.#parted.add(scope);
      farewells.push(...endings);
    }
    return { opened, farewells };
  }
}
