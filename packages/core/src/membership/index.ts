/** Who is of a space. Knows nothing of keys and boxes. spec/space, spec/invite. */
export { createMembership } from "./membership.ts";
export type { Membership, MembershipOptions } from "./membership.ts";
export { inspectEvent } from "./inspect.ts";
export { companionOf, inviteIdOf, spaceIdOf } from "./founding.ts";
export type { Founding } from "./founding.ts";
export {
  decodeJoinRequest,
  encodeJoinRequest,
  readJoinRequest,
  signJoinRequest,
  verifyJoinRequest,
} from "./join-request.ts";
export type { JoinRequest, JoinStatement } from "./join-request.ts";
export { CONTROL_EVENTS_MAX, EVALUATIONS_MAX, PREKEYS_KEPT_MAX, ROSTER_EVENTS_MAX } from "./limits.ts";
export { createRoster } from "./roster.ts";
export type { PrivateChannelFacts, Roster, RosterRefusal, RosterRight, Unfenced } from "./roster.ts";
export { ROLES } from "./types.ts";
export type {
  ChannelFacts,
  ControlEvent,
  DeviceFacts,
  InviteFacts,
  MemberAction,
  MemberFacts,
  MembershipState,
  OverturnedFacts,
  PendingAdmission,
  RemovedDeviceFacts,
  RemovedFacts,
  Right,
  Role,
  SpaceFacts,
  Verdict,
  VoidCode,
} from "./types.ts";
