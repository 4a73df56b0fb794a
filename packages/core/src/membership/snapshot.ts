/** The state that readers see, copied out of an evaluation so that it never changes under them. */
import type { DeviceId, EventId, PersonId } from "../ids.ts";
import type { Evaluation } from "./evaluation.ts";
import { isRevokedWithSomebody } from "./judge.ts";
import type { ControlNode } from "./node.ts";
import { depthOf, isDeviceHere, isMember, rankOf, waitingOf } from "./standing.ts";
import type { PersonEntry } from "./standing.ts";
import type {
  DeviceFacts,
  MemberFacts,
  MembershipState,
  OverturnedFacts,
  PendingAdmission,
  RemovedDeviceFacts,
  RemovedFacts,
} from "./types.ts";

export function takeSnapshot(
  evaluation: Evaluation,
  nodes: ReadonlyMap<EventId, ControlNode>,
): MembershipState {
  const { invites, revocations } = evaluation;
  const { members, devices } = membersOf(evaluation);
  return {
    info: evaluation.info,
    members,
    devices,
    channels: new Map(evaluation.channels),
    expiries: mapValues(evaluation.expiries, ({ seconds }) => seconds),
    invites: mapValues(invites, (invite) => {
      const { id, publicKey, role, usesMax, usedBy, expiresMs, discoveryKey, mode, createdBy } = invite;
      const revoked = revocations.has(id) || isRevokedWithSomebody(evaluation, invite, null);
      const used = usedBy.size;
      return { id, publicKey, role, usesMax, used, expiresMs, revoked, discoveryKey, mode, createdBy };
    }),
    pending: pendingOf(evaluation, members),
    removed: removedOf(evaluation, members),
    removedDevices: removedDevicesOf(evaluation),
    overturned: overturnedOf(evaluation, nodes),
  };
}

function membersOf(evaluation: Evaluation): {
  readonly members: Map<PersonId, MemberFacts>;
  readonly devices: Map<DeviceId, DeviceFacts>;
} {
  const members = new Map<PersonId, MemberFacts>();
  const devices = new Map<DeviceId, DeviceFacts>();
  for (const entry of evaluation.persons.values()) {
    const role = rankOf(evaluation, entry, null);
    if (role === null) continue;
    const here = devicesOf(evaluation, entry);
    const { person, claim, joinedMs } = entry;
    members.set(person, {
      person,
      name: claim.name,
      status: claim.status,
      avatar: claim.avatar,
      role,
      joinedMs,
      devices: here.map(({ device }) => device),
    });
    for (const facts of here) devices.set(facts.device, facts);
  }
  return { members, devices };
}

function devicesOf(evaluation: Evaluation, { devices }: PersonEntry): DeviceFacts[] {
  return devices.flatMap((id) => {
    const entry = evaluation.devices.get(id);
    if (entry === undefined || !isDeviceHere(evaluation, entry, null)) return [];
    const { device, person, certificate, prekeys, claim, linkedMs, by } = entry;
    const [name, depth] = [claim?.name ?? null, depthOf(evaluation, entry, null)];
    return [{ device, person, certificate, prekeys: [...prekeys], name, depth, linkedMs, by }];
  });
}

function pendingOf(
  evaluation: Evaluation,
  members: ReadonlyMap<PersonId, MemberFacts>,
): Map<PersonId, PendingAdmission> {
  const pending = new Map<PersonId, PendingAdmission>();
  for (const person of evaluation.pending.keys()) {
    const waiting = members.has(person) ? null : waitingOf(evaluation, person, null);
    if (waiting === null) continue;
    const { name, device, invite, event } = waiting;
    pending.set(person, { person, name, device, invite, event });
  }
  return pending;
}

function removedOf(
  evaluation: Evaluation,
  members: ReadonlyMap<PersonId, MemberFacts>,
): Map<PersonId, RemovedFacts> {
  const removed = new Map<PersonId, RemovedFacts>();
  for (const [person, { removals }] of evaluation.sentences) {
    const entry = evaluation.persons.get(person);
    const last = removals.at(-1);
    if (members.has(person) || last === undefined) continue;
    const by = evaluation.devices.get(last.header.device)?.person ?? person;
    const end = { person, event: last.id, by, removedMs: last.header.time.ms };
    const wasMember = entry !== undefined && isMember(evaluation, entry, last.past);
    const waited = wasMember ? null : waitingOf(evaluation, person, last.past);
    const name = entry?.claim.name ?? waited?.name;
    if (name === undefined) continue;
    const devices = new Set([...(entry?.devices ?? []), ...(waited ? [waited.device] : [])]);
    removed.set(person, { ...end, name, devices: [...devices], refused: waited?.invite ?? null });
  }
  return removed;
}

function removedDevicesOf(evaluation: Evaluation): Map<DeviceId, RemovedDeviceFacts> {
  const removed = new Map<DeviceId, RemovedDeviceFacts>();
  for (const [device, removals] of evaluation.ended) {
    const entry = evaluation.devices.get(device);
    const last = removals.at(-1);
    if (entry === undefined || last === undefined) continue;
    const { person, claim } = entry;
    const { id: event, header } = last;
    const name = claim?.name ?? null;
    const suspended = removals.some(({ body }) => body?.type === "device.suspend");
    const [by, removedMs] = [header.device, header.time.ms];
    removed.set(device, { device, person, name, event, by, removedMs, suspended });
  }
  return removed;
}

function overturnedOf(
  { voided, devices }: Evaluation,
  nodes: ReadonlyMap<EventId, ControlNode>,
): OverturnedFacts[] {
  return [...voided].flatMap(([event, verdict]): OverturnedFacts[] => {
    const node = nodes.get(event);
    const { body, lowers } = node ?? { body: null, lowers: false };
    if (verdict.effective || node === undefined) return [];
    const by = node.header.device;
    if (body?.type === "member.remove")
      return [{ event, kind: "remove", person: body.person, by, code: verdict.code }];
    if (body?.type === "member.role" && lowers)
      return [{ event, kind: "role", person: body.person, by, code: verdict.code }];
    if (body?.type === "device.remove")
      return [{ event, kind: "device", person: body.person, by, code: verdict.code }];
    const suspended = body?.type === "device.suspend" ? devices.get(body.device) : undefined;
    if (suspended) return [{ event, kind: "device", person: suspended.person, by, code: verdict.code }];
    return [];
  });
}

function mapValues<Key, From, To>(map: ReadonlyMap<Key, From>, change: (value: From) => To): Map<Key, To> {
  const changed = new Map<Key, To>();
  for (const [key, value] of map) changed.set(key, change(value));
  return changed;
}
