/**
 * Knowing that a person is who one thinks: the number that both compare outside of Kith, and what this person has found of it.
 * Kept on this device and told to nobody. spec/identity ID40-ID42, ID61-ID66.
 */
import { safetyNumber } from "@kith/core";
import type { PersonId } from "@kith/core";
import { safetyWords } from "@kith/core/recovery";
import { Kept } from "./kept.ts";
import { VERIFIED_PEOPLE_MAX } from "./limits.ts";
import { meant } from "./meant.ts";
import type { NodeParts } from "./node.ts";
import { ServiceError } from "./service.ts";
import type { MemberInfo, SafetyNumber } from "./service.ts";
import type {
  Doubt,
  VerificationInfo,
  VerificationService,
  VerificationState,
} from "./service-verification.ts";

interface Verified {
  /** What they were called. */
  readonly name: string;
  readonly atMs: number;
}

type Parts = Pick<NodeParts, "ledger" | "identity" | "options">;

export interface Verification extends VerificationService {
  /** Each with what is known of them here. */
  mark(members: MemberInfo[]): MemberInfo[];
}

export function createVerification(parts: Parts, writable: () => void): Verification {
  const { ledger, identity, options } = parts;
  const book = new Kept<Verified>({
    store: options.store,
    prefix: "verified/",
    save: (meta) => ledger.commit(ledger.gather(null), { meta, log: [changed()] }),
  });
  const changed = () => ({
    type: "space" as const,
    atMs: options.clock.nowMs(),
    ref: null,
    data: JSON.stringify({ change: "verification" }),
  });

  const stateOf = (person: PersonId, doubts: readonly Doubt[]): VerificationState => {
    if (person === identity().person) return "self";
    const isVerified = book.get(person) !== null;
    if (doubts.some(({ reason }) => isVerified || reason === "another-root")) return "changed";
    return isVerified ? "verified" : "unverified";
  };

  const doubtsOf = (person: PersonId): Doubt[] => {
    const sinceMs = book.get(person)?.atMs ?? null;
    return [...doubtsOfDevices(parts, person, sinceMs), ...(sinceMs === null ? othersOfName(person) : [])];
  };

  /** Somebody whom this person has verified is called as this one is, who was not. */
  function othersOfName(person: PersonId): Doubt[] {
    const names = new Set(namesOf(parts, person).map(folded));
    return [...book.entries()]
      .filter(([other, { name }]) => {
        if (other === person) return false;
        return [name, ...namesOf(parts, other as PersonId)].some((each) => names.has(folded(each)));
      })
      .map(([other, { atMs }]) => ({ reason: "another-root", other: other as PersonId, device: null, atMs }));
  }

  const describe = (number: SafetyNumber): VerificationInfo => {
    const { person } = number;
    const doubts = doubtsOf(person);
    return {
      ...number,
      words: safetyWords(identity().person, person),
      state: stateOf(person, doubts),
      verifiedMs: book.get(person)?.atMs ?? null,
      doubts,
    };
  };

  return {
    safetyNumber: (person) => findSafetyNumber(parts, person),
    verification: (person) => describe(findSafetyNumber(parts, person)),
    async verifyPerson(person, seen) {
      writable();
      const number = findSafetyNumber(parts, person);
      if (seen !== undefined && !agrees(seen, number, identity().person))
        throw new ServiceError(
          "NUMBER_DIFFERS",
          `That is not what you and ${number.name} have here.`,
          "Compare again, digit by digit. If it still differs, somebody may stand between you: say nothing in confidence.",
        );
      if (book.get(number.person) === null && [...book.entries()].length >= VERIFIED_PEOPLE_MAX)
        throw new ServiceError(
          "TOO_MANY",
          `${VERIFIED_PEOPLE_MAX} people are verified already.`,
          "Withdraw one that you do not need any more.",
        );
      await book.set(number.person, { name: number.name, atMs: options.clock.nowMs() });
      return describe(number);
    },
    async withdrawVerification(person) {
      writable();
      const number = findSafetyNumber(parts, person);
      if (book.get(number.person) !== null) await book.set(number.person, null);
      return describe(number);
    },
    mark: (members) =>
      members.map((member) => ({ ...member, verification: stateOf(member.person, doubtsOf(member.person)) })),
  };
}

/** What happened to the person's devices that only the person can explain; sinceMs null: at any time. */
function doubtsOfDevices({ ledger, identity }: Parts, person: PersonId, sinceMs: number | null): Doubt[] {
  if (person === identity().person) return [];
  const found = new Map<string, Doubt>();
  for (const { membership } of ledger.replicas.values()) {
    const { devices, removedDevices, info } = membership.state();
    for (const [device, { person: whose, suspended, removedMs }] of removedDevices)
      if (whose === person && suspended && removedMs > (sinceMs ?? 0))
        found.set(device, { reason: "device-suspended", other: null, device, atMs: removedMs });
    // The root spoke again: of the first device nobody could say that it is new.
    const own = [...devices.values()].filter((each) => each.person === person && each.depth === 1);
    const first = own.reduce((least, { linkedMs }) => Math.min(least, linkedMs), Infinity);
    for (const { device, linkedMs } of info === null ? [] : own)
      if (linkedMs > first && linkedMs > (sinceMs ?? 0) && !found.has(device))
        found.set(device, { reason: "restored", other: null, device, atMs: linkedMs });
  }
  return [...found.values()].sort((a, b) => a.atMs - b.atMs);
}

/** In every space of this device. */
function namesOf({ ledger }: Parts, person: PersonId): string[] {
  return [...ledger.replicas.values()].flatMap(
    ({ membership }) => membership.state().members.get(person)?.name ?? [],
  );
}

/** Names that people take for the same. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** Digits or words, however they are separated. */
function agrees(seen: string, { person, digits }: SafetyNumber, self: PersonId): boolean {
  const text = seen.normalize("NFKC").toLowerCase();
  if (text.replace(/[^\d]/g, "") === digits && !/\p{L}/u.test(text)) return true;
  return (
    text
      .split(/[^\p{L}]+/u)
      .filter(Boolean)
      .join(" ") === safetyWords(self, person).join(" ")
  );
}

/** idOrName: of somebody in any space of this device. Throws UNKNOWN_PERSON, AMBIGUOUS_NAME. */
export function findSafetyNumber(
  { ledger, identity }: Pick<NodeParts, "ledger" | "identity">,
  idOrName: string,
): SafetyNumber {
  const self = identity().person;
  const others = [...ledger.replicas.values()].flatMap(({ membership }) =>
    [...membership.state().members.values()].filter(({ person }) => person !== self),
  );
  const found = meant(others, idOrName, ({ person, name }) => ({ id: person, name }));
  if (found.length > 1)
    throw new ServiceError(
      "AMBIGUOUS_NAME",
      `${found.length} people are called "${idOrName.slice(0, 80)}".`,
      "Use the person's id; `kith members SPACE --json` shows it.",
    );
  const [only] = found;
  if (!only)
    throw new ServiceError(
      "UNKNOWN_PERSON",
      `There is nobody else "${idOrName.slice(0, 80)}" in your spaces.`,
      "`kith members SPACE` shows those there are.",
    );
  const { person, name } = only;
  return { person, name, digits: safetyNumber(self, person) };
}
