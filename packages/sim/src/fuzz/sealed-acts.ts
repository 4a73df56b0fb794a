/** A sealed scope in a history: devices destroy keys as soon as they may, and what was said has to stay readable where it was due. */
import { decodeOuter, kinds, openEvent } from "@kith/core";
import type { Body, DeviceId, OpenedEvent, StoredEvent } from "@kith/core";
import { SealedKeeper } from "@kith/node/parts";
import type { Act } from "./acts.ts";
import type { History } from "./history.ts";
import { SILENT } from "./party.ts";
import type { Party } from "./party.ts";

/** What others keep is told as it is at that moment: in a node it may come later, and never say more. */
function keeperOf(history: History, { clock, store, ledger, device }: Party): SealedKeeper {
  return new SealedKeeper({
    clock,
    log: SILENT,
    store,
    ledger,
    self: device,
    heightOf: (scope, holder, author) =>
      history.parties
        .find((party) => party.device === holder)
        ?.ledger.scopeState(scope)
        ?.tips.get(author)?.seq ?? 0,
  });
}

export const sealedActs: readonly Act[] = [
  {
    name: "destroys keys that everybody has used",
    weight: 12,
    needs: "member",
    async play(history, actor) {
      const before = destroyed(actor);
      const keeper = keeperOf(history, actor);
      await keeper.look();
      await keeper.close();
      const count = destroyed(actor) - before;
      return count > 0 ? `of ${count} epochs` : null;
    },
  },
];

function destroyed({ ledger, scopes }: Party): number {
  return scopes
    .flatMap((scope) => ledger.keys.ofScope(scope))
    .filter(
      ({ profile, secrets }) =>
        profile === "sealed" && secrets.contentSecret === null && secrets.sealed?.readerKey,
    ).length;
}

/**
 * (6) For whom an honest device made an epoch has what honest devices wrote under it, whatever was destroyed meanwhile; and where the
 * secret is destroyed no key opens what was opened. Who was out for a time may have lost what came in between.
 */
export function checkSealed(history: History): void {
  const honest = new Set(
    history.parties.filter((party) => !history.rogues.includes(party)).map(({ device }) => device),
  );
  for (const party of history.parties) {
    const isSteady = ![...history.chronicle.control.values()].some(({ body }) => endsPart(body, party));
    for (const scope of party.scopes)
      for (const event of party.store.eventsOfScope(scope, 0, Infinity)) {
        if (!honest.has(event.device)) continue;
        const problem = lookAt(party, event, { honest, isSteady });
        if (problem !== null) history.violate(`(6) ${party.name} ${problem} ${event.id.slice(0, 6)}`);
      }
  }
}

/** Somebody, with the right or without, has taken it out. */
function endsPart(body: Body | null, { identity, device }: Party): boolean {
  if (body?.type === "member.remove") return body.person === identity.person;
  return body?.type === "device.remove" && body.device === device;
}

function lookAt(
  { ledger, store, device, role, isOver, replica }: Party,
  event: StoredEvent,
  { honest, isSteady }: { readonly honest: ReadonlySet<DeviceId>; readonly isSteady: boolean },
): string | null {
  const outer = decodeOuter(event.outer);
  const keys = ledger.keys.find(outer.tag, outer.bucket);
  if (keys?.profile !== "sealed" || !keys.isRatcheted(event.kind) || store.shedReason(event.id) !== null)
    return null;
  const { epoch, ratchet }: OpenedEvent["header"] = openEvent(outer, keys).header;
  const made = replica?.book.get(epoch)?.announcements ?? [];
  const isFor = made.some(
    ({ author, recipients }) =>
      honest.has(author) && (author === device || recipients.some((each) => each.device === device)),
  );
  const isIn = role !== null && !isOver && isSteady;
  const isKept = store.sealedBody(event.id) !== null;
  if (isFor && isIn && !isKept) return "lacks";
  const isDestroyed = keys.secrets.contentSecret === null;
  if (isDestroyed && isKept && keys.contentKeyOf(event.device, kinds["message.post"], ratchet) !== null)
    return "still has the key of";
  return null;
}
