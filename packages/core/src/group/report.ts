/**
 * Reporting a message to those who may do something about it: its owners and admins, as the reporter knows them, without the
 * person it is about. Lies in the control scope, which every one of them has, whichever channel the message is in. spec/space
 * SP125-SP129.
 */
import type { Box } from "../crypto/index.ts";
import { sealReport } from "../encryption/index.ts";
import { controlScope, REPORT_BOXES_MAX } from "../event/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import type { DeviceId, EpochId, EventId, PersonId } from "../ids.ts";
import type { MemberFacts, Membership } from "../membership/index.ts";
import { ROLES } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import type { PlannedWrite } from "./identity.ts";

export { openReport } from "../encryption/index.ts";
export { normalizeReason } from "./names.ts";
export { REASON_CHARS_MAX } from "../event/index.ts";
export type { ReportContent } from "../encryption/index.ts";

/** Own devices that get a box: the one that writes, and a few more that shall know of it. */
const OWN_DEVICES_MAX = 4;

/** null: there is nobody to report to. Throws REASON_INVALID. */
export function planReport({
  message,
  about,
  reason,
  self,
  membership,
  controlEpoch,
  box,
  random,
}: {
  readonly message: EventId;
  /** Who wrote the message. */
  readonly about: PersonId;
  readonly reason: string | null;
  /** The device that reports. */
  readonly self: DeviceId;
  readonly membership: Membership;
  readonly controlEpoch: EpochId;
  readonly box: Box;
  readonly random: Random;
}): PlannedWrite | null {
  const { space } = membership;
  const { members, devices } = membership.state();
  const reporter = devices.get(self)?.person;
  const above = [...members.values()]
    .filter(({ person, role }) => isAbove(role) && person !== reporter)
    .toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  const heard = above.filter(({ person }) => person !== about);
  const devicesOf = (people: readonly MemberFacts[]): DeviceId[] =>
    people.flatMap((each) => [...each.devices]);
  if (reporter === undefined || heard.length === 0) return null;
  const own = [self, ...(members.get(reporter)?.devices ?? []).filter((device) => device !== self)];
  const prekeyOf = (device: DeviceId): readonly PrekeyBundle[] =>
    devices.get(device)?.prekeys.slice(-1) ?? [];
  const prekeys = [...own.slice(0, OWN_DEVICES_MAX), ...devicesOf(heard)]
    .flatMap(prekeyOf)
    .slice(0, REPORT_BOXES_MAX);
  const left = devicesOf(above.filter(({ person }) => person === about)).length;
  const decoys = Math.min(left, REPORT_BOXES_MAX - prekeys.length);
  const body = sealReport({ message, reason }, { space, author: self }, { prekeys, decoys, box, random });
  return { scope: controlScope(space), epoch: controlEpoch, body };
}

/** Whose devices a report is for. */
export function isAbove(role: MemberFacts["role"] | undefined): boolean {
  return role === "owner" || role === "admin";
}
