/** A member's device answers a request to join: checks it, writes the admission, says what came of it. spec/invite. */
import { checkJoinRequest, planAdmission, readJoinRequest } from "@kith/core";
import type { InviteId, JoinRequest, SpaceId } from "@kith/core";
import type { Boxes } from "./boxes.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import type { PeerSession } from "./peer-session.ts";
import type { Replica } from "./replica.ts";

export interface JoinAnswer {
  readonly ok: boolean;
  readonly code: string;
  readonly detail: string;
}

interface Asked {
  readonly replica: Replica;
  /** Proved on the session. */
  readonly invite: InviteId;
  readonly bytes: Uint8Array;
  readonly session: Pick<PeerSession, "device" | "person">;
  /** Makes the boxes that a device lacks which was admitted before. */
  readonly reboxAll: () => Promise<void>;
}

/** null: the session did not prove the invite that the request names, or its space is not here. */
export async function answerRequest(
  host: Pick<ExchangeHost, "ledger" | "author" | "clock" | "box" | "log" | "talks">,
  { session, bytes }: { readonly session: PeerSession; readonly bytes: Uint8Array },
  boxes: Boxes,
): Promise<{ readonly space: SpaceId; readonly answer: JoinAnswer } | null> {
  const asked = readJoinRequest(bytes);
  const invites = session.shared.filter((key) => key.kind === "invite" && key.space !== null);
  // What cannot be read is answered as well, in the name of whichever was proven.
  const proved =
    asked === null
      ? invites[0]
      : (invites.find(({ invite }) => invite === asked.invite) ?? askedFor(host, asked, session));
  const replica = proved?.space ? host.ledger.replicas.get(proved.space) : undefined;
  if (!replica || !proved?.invite) return null;
  const addressee = host.talks.requests.addresseeOf(proved.invite);
  // Somebody is not told that he is blocked.
  if (addressee !== null && host.talks.quiet.isBlocked(session.person)) return null;
  if (addressee !== null && addressee !== session.person) {
    const answer = { ok: false, code: "REQUEST_FORGED", detail: "The invite is for somebody else." };
    return { space: replica.space, answer };
  }
  const reboxAll = (): Promise<void> => boxes.makeMissing(replica);
  const answer = await admit(host, { replica, invite: proved.invite, bytes, session, reboxAll });
  return { space: replica.space, answer };
}

/** What this device asked the person into, or let him into before the keys reached him: no invite needs to be proven for it. */
function askedFor(
  { ledger, talks }: Pick<ExchangeHost, "ledger" | "talks">,
  { space, invite }: JoinRequest,
  { person, device }: PeerSession,
): { readonly space: SpaceId; readonly invite: InviteId } | undefined {
  const isMembers = ledger.replicas.get(space)?.membership.state().devices.get(device)?.person === person;
  // Of a direct conversation that was put away: they are told that the invite is revoked.
  const isAsked = talks.requests.addresseeOf(invite) === person || talks.companion(space) === person;
  return isMembers || isAsked ? { space, invite } : undefined;
}

export async function admit(
  { ledger, author, clock, box, log }: Pick<ExchangeHost, "ledger" | "author" | "clock" | "box" | "log">,
  { replica, invite, bytes, session, reboxAll }: Asked,
): Promise<JoinAnswer> {
  try {
    // Before the check: making an epoch takes a moment, in which the invite may be used up.
    const control = await author.ensureKeys(replica.control);
    const check = checkJoinRequest(bytes, replica.membership, clock.nowMs(), { from: session.device });
    if (!check.ok) return { ok: false, code: check.code, detail: check.detail };
    if (check.request.invite !== invite || check.request.person !== session.person) {
      return { ok: false, code: "REQUEST_FORGED", detail: "The request is not of the person who asks." };
    }
    if (check.already) await reboxAll();
    else {
      const others = [replica.control, replica.content]
        .flatMap((scope) => ledger.keys.ofScope(scope))
        // Not what came as a box alone: a re-box lies under its epoch, and who cannot open it is cut off from our chain.
        .filter(({ epoch }) => epoch !== control.epoch && replica.book.get(epoch) !== null);
      const keys = { control, content: others };
      const { membership, book } = replica;
      const plan = planAdmission({ request: bytes, membership, book, keys, box });
      await author.write(plan.writes, { boxes: plan.boxes });
      // Of a join-only scope the newcomer has the headers alone so far: what is written from now on is for them too.
      await author.ensureKeys(replica.content);
      log.info("join:admitted", { space: replica.space, device: session.device });
    }
  } catch (error) {
    log.error("join:not-admitted", { space: replica.space, error: String(error) });
    return {
      ok: false,
      code: "ADMISSION_FAILED",
      detail: "The member's device could not save the admission; it will be asked again.",
    };
  }
  return { ok: true, code: "", detail: "" };
}
