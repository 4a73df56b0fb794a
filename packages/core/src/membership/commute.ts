/**
 * When an event that lies beside others may be taken as if it came last: nothing follows it yet, so it reaches others
 * only where it takes what they take too (an id, a use of an invite, a device), or by what is decided. spec/space SP3.
 */
import type { Evaluation } from "./evaluation.ts";
import type { ControlNode } from "./node.ts";

/** For an event with effect over this evaluation, that makes no decision a disputed one. */
export function commutes(evaluation: Evaluation, node: ControlNode, isDisputed: boolean): boolean {
  const { body, request } = node;
  switch (body?.type) {
    case "merge":
    case "epoch.create":
    case "epoch.rebox":
    case "epoch.headers":
    case "epoch.link":
    case "message.report":
    // The latest name holds, in whatever order they are looked at.
    case "profile.set":
    case "space.update":
    case "channel.expiry":
    // The newest key holds, likewise.
    case "device.prekey":
    // With effect: so the id is not taken.
    case "channel.create":
      return true;
    case "invite.create":
      return !isDisputed;
    // Who is owner bears on decisions that are still open.
    case "member.role":
      return !isDisputed && !node.lowers;
    case "member.admit":
      return (
        !isDisputed &&
        request !== null &&
        evaluation.pending.size === 0 &&
        !evaluation.persons.has(request.person) &&
        !evaluation.devices.has(request.certificate.device) &&
        !evaluation.uses.has(request.person)
      );
    default:
      return false;
  }
}

/** Whether a verdict of effect that is reached over all events is that of the event's own past as well. */
export function judgesAlike(node: ControlNode): boolean {
  // These two look for what others made, wherever it lies.
  return node.body?.type !== "space.create" && node.body?.type !== "invite.revoke";
}
