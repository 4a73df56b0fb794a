/** The state that readers see, copied out of an evaluation so that it never changes under them. */
import { roleOf } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import type { MembershipState } from "./types.ts";

export function takeSnapshot(evaluation: Evaluation): MembershipState {
  const { persons, devices, invites, pending, revocations } = evaluation;
  return {
    info: evaluation.info,
    members: mapValues(persons, (entry) => ({
      person: entry.person,
      name: entry.claim.name,
      role: roleOf(entry),
      devices: [...entry.devices],
      joinedMs: entry.joinedMs,
    })),
    devices: mapValues(devices, ({ device, person, certificate, prekeys }) => ({
      device,
      person,
      certificate,
      prekeys: [...prekeys],
    })),
    channels: new Map(evaluation.channels),
    invites: mapValues(
      invites,
      ({ id, publicKey, role, usesMax, usedBy, expiresMs, discoveryKey, createdBy }) => ({
        id,
        publicKey,
        role,
        usesMax,
        used: usedBy.size,
        expiresMs,
        revoked: revocations.has(id),
        discoveryKey,
        createdBy,
      }),
    ),
    pending: new Map([...pending].filter(([person]) => !persons.has(person))),
  };
}

function mapValues<Key, From, To>(map: ReadonlyMap<Key, From>, change: (value: From) => To): Map<Key, To> {
  const changed = new Map<Key, To>();
  for (const [key, value] of map) changed.set(key, change(value));
  return changed;
}
