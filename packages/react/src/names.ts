/** What people are called, gathered from whatever the node tells: lines written before a name was known read right. */

/** Strangers can come in any number; a person forgotten here is called by what the node said then. */
export const NAMES_MAX = 2_000;

export interface Names {
  learn(person: string, name: string): void;
  of(person: string): string | null;
}

/** What a node calls somebody whose name it does not know. */
const isStandIn = (person: string, name: string): boolean => name === `Person ${person.slice(0, 8)}`;

export function createNames(onChange: () => void): Names {
  const names = new Map<string, string>();
  return {
    learn(person, name) {
      if (person === "" || name === "" || isStandIn(person, name) || names.get(person) === name) return;
      names.delete(person);
      names.set(person, name);
      const [oldest] = names.keys();
      if (names.size > NAMES_MAX && oldest !== undefined) names.delete(oldest);
      onChange();
    },
    of: (person) => names.get(person) ?? null,
  };
}
