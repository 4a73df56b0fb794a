/**
 * What an event says about itself, apart from who was entitled to say it: founding commitment, invite
 * id, the signatures inside a join request. Depends on the event and its space alone, so it is looked at
 * once. spec/space SP1, SP2, spec/invite IN2, IN6.
 */
import { CoreError } from "../crypto/index.ts";
import { decodeEquivocation, verifyEquivocation } from "../event/index.ts";
import type { DeviceSuspendBody } from "../event/index.ts";
import { verifyDeviceRemoval, verifyIdentity, verifyPrekey } from "../identity/index.ts";
import type { SpaceId } from "../ids.ts";
import { companionOf, inviteIdOf, spaceIdOf } from "./founding.ts";
import { readJoinRequest, verifyJoinRequest } from "./join-request.ts";
import type { JoinRequest } from "./join-request.ts";
import { voidBecause } from "./node.ts";
import type { ControlEvent, Verdict } from "./types.ts";

interface Inspected {
  /** null: nothing is wrong with the event itself. */
  readonly fault: Verdict | null;
  readonly request: JoinRequest | null;
}

export function inspectEvent(space: SpaceId, { header, body }: ControlEvent): Inspected {
  switch (body?.type) {
    case "space.create": {
      const { person, certificate, prekey, salt, name, spaceKind: kind, profile } = body;
      const { device } = header;
      const committed = spaceIdOf({ person, device, salt, kind, name, profile }) === space;
      const isNamed = kind !== "direct" || companionOf({ person, name }) !== null;
      const opens = header.seq === 1 && header.prev === null && header.parents.length === 0;
      const fault =
        committed && opens && isNamed && verifyIdentity({ person, device, certificate, prekey })
          ? null
          : voidBecause("SPACE_FORGED", "the event is not the one that this space's id commits to");
      return { fault, request: null };
    }
    case "device.suspend": {
      const fault = isProvenAgainst(body, space)
        ? null
        : voidBecause("SUSPENSION_FORGED", "its proof shows nothing against the device in this space");
      return { fault, request: null };
    }
    case "invite.create": {
      const fault =
        inviteIdOf(body.publicKey) === body.invite
          ? null
          : voidBecause("INVITE_FORGED", "the invite's id is not that of its key");
      return { fault, request: null };
    }
    case "member.admit": {
      const request = readJoinRequest(body.request);
      if (request?.space === space && verifyJoinRequest(request)) return { fault: null, request };
      return {
        fault: voidBecause("REQUEST_FORGED", "the join request does not verify for this space"),
        request: null,
      };
    }
    case "device.link": {
      const fault = verifyIdentity(body)
        ? null
        : voidBecause("DEVICE_FORGED", "certificate and prekey do not verify for one device of one person");
      return { fault, request: null };
    }
    case "device.prekey": {
      const isOwn = body.prekey.device === header.device && verifyPrekey(body.prekey);
      const fault = isOwn
        ? null
        : voidBecause("DEVICE_FORGED", "the prekey is not one that its author signed");
      return { fault, request: null };
    }
    case "device.remove": {
      const { person, device, rootSignature } = body;
      const holds = rootSignature === null || verifyDeviceRemoval(person, { space, device }, rootSignature);
      const fault = holds ? null : voidBecause("DEVICE_FORGED", "the person's root did not sign the removal");
      return { fault, request: null };
    }
    default:
      return { fault: null, request: null };
  }
}

function isProvenAgainst({ device, proof }: DeviceSuspendBody, space: SpaceId): boolean {
  try {
    const shown = verifyEquivocation(decodeEquivocation(proof));
    return shown.device === device && shown.space === space;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}
