/**
 * Messages that members report to owners and admins: written here, and what is for this device taken up as it comes, for the
 * key that opens it is destroyed in time. What an admin has handled is kept here and told to nobody. spec/space SP125-SP129.
 */
import { controlScope, kinds } from "@kith/core";
import type { EventId, PersonId, SpaceId } from "@kith/core";
import { isAbove, openReport, planReport, normalizeReason } from "@kith/core/reports";
import { checked } from "./checked.ts";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import { REPORTS_LISTED_MAX, REPORTS_MAX, REPORTS_PER_PERSON_MAX } from "./limits.ts";
import type { NodeParts } from "./node.ts";
import { reopen } from "./reopen.ts";
import { REPORT_NEW_PREFIX } from "./replica.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { Message, ReportInfo, ReportService } from "./service.ts";

interface KeptReport {
  readonly space: SpaceId;
  readonly message: EventId;
  readonly reason: string | null;
  readonly by: PersonId;
  readonly atMs: number;
  readonly handled: boolean;
}

export function createReports(parts: NodeParts, writable: () => void): ReportService {
  const { options, ledger, author, queries, identity, prekeys } = parts;
  const { store, box, random, clock, log } = options;
  const book = new Kept<KeptReport>({
    store,
    prefix: "report/",
    save: (meta) => ledger.commit(ledger.gather(null), { meta }),
  });
  let taking: Promise<void> = Promise.resolve();

  ledger.onCommitted(({ events }) => {
    if (events.some(({ kind }) => kind === kinds["message.report"])) void takeNew();
  });
  if (store.metaKeys(REPORT_NEW_PREFIX).length > 0) void takeNew();

  /** One after the other. What fails stays marked, and is looked at again with the next, or at the next start. */
  function takeNew(): Promise<void> {
    taking = taking
      .then(async () => {
        for (const key of store.metaKeys(REPORT_NEW_PREFIX)) await take(key);
      })
      .catch((error: unknown) => log.warn("report:not-kept", { error: String(error) }));
    return taking;
  }

  async function take(key: string): Promise<void> {
    const id = key.slice(REPORT_NEW_PREFIX.length) as EventId;
    const report = read(id);
    const meta: MetaWrite[] = [{ key, value: null }];
    if (!report || !hasRoom(report)) {
      await ledger.commit(ledger.gather(null), { meta });
      return;
    }
    meta.push(book.change(id, report));
    const tells = isAdmin(report.space) && report.by !== identity().person;
    const entries = tells ? [entryOf(id, report, "new")] : [];
    try {
      await ledger.commit(ledger.gather(null), { meta, log: entries });
    } catch (error) {
      book.reload(id);
      throw error;
    }
  }

  /** null: it is not for this device. */
  function read(id: EventId): KeptReport | null {
    const stored = store.event(id);
    const event = stored && reopen(stored.outer, ledger.keys);
    if (!stored || event?.body?.type !== "message.report") return null;
    const { space, device, scope } = event.header;
    const replica = ledger.replicas.get(space);
    if (!replica || scope !== controlScope(space)) return null;
    const { devices, removedDevices } = replica.membership.state();
    const by = devices.get(device)?.person ?? removedDevices.get(device)?.person;
    if (by === undefined || (by !== identity().person && !isAdmin(space))) return null;
    const self = identity().device.device;
    const known = (devices.get(self)?.prekeys ?? []).flatMap((prekey) => {
      const secretSeed = prekeys.secretOf(prekey.id);
      return secretSeed ? [{ id: prekey.id, secretSeed }] : [];
    });
    const content = openReport(event.body, { space, author: device }, { device: self, prekeys: known, box });
    return content && { space, ...content, by, atMs: stored.timeMs, handled: false };
  }

  /** Of one person what is open, and of everybody all: so that one person cannot keep others from being heard. */
  function hasRoom({ space, by }: KeptReport): boolean {
    const all = [...book.entries()];
    const open = all.filter(([, report]) => report.space === space && report.by === by && isOpen(report));
    if (open.length >= REPORTS_PER_PERSON_MAX) return false;
    return all.length < REPORTS_MAX;
  }

  function messageOf({ space, message }: KeptReport): Message | null {
    try {
      const found = queries.message(message);
      // A report speaks of a message of its own space, whatever it says.
      return found.space === space ? found : null;
    } catch (error) {
      if (error instanceof ServiceError && error.code === "UNKNOWN_MESSAGE") return null;
      throw error;
    }
  }

  function isOpen(report: KeptReport): boolean {
    return !report.handled && messageOf(report)?.deleted !== true;
  }

  /** The first of each person about each message, of those that have effect; oldest first. SP128. */
  function counting({ space, membership }: Replica): [EventId, KeptReport][] {
    const firsts = new Map<string, [EventId, KeptReport]>();
    const inOrder = [...book.entries()]
      .filter(([, report]) => report.space === space)
      .toSorted(([a, one], [b, other]) => one.atMs - other.atMs || (a < b ? -1 : 1));
    for (const [id, report] of inOrder) {
      if (membership.verdictOf(id as EventId)?.effective !== true) continue;
      const about = `${report.by} ${report.message}`;
      if (!firsts.has(about)) firsts.set(about, [id as EventId, report]);
    }
    return [...firsts.values()];
  }

  function isAdmin(space: SpaceId): boolean {
    const replica = ledger.replicas.get(space);
    return isAbove(replica?.membership.state().members.get(identity().person)?.role);
  }

  function checkAdmin(space: SpaceId): void {
    if (isAdmin(space)) return;
    throw new ServiceError(
      "NOT_ALLOWED",
      "Reports are for owners and admins of the space.",
      "Ask one of them.",
    );
  }

  const entryOf = (id: string, { space, message, by }: KeptReport, change: "new" | "handled") => ({
    type: "report" as const,
    atMs: clock.nowMs(),
    ref: null,
    data: JSON.stringify({ space, change, report: id, message, by }),
  });

  return {
    async report(id, reason) {
      writable();
      const message = queries.message(id);
      const replica = queries.replica(message.space);
      const self = identity().person;
      if (message.author === self)
        throw new ServiceError("BAD_INPUT", "This message is your own.", "Delete it, or change it.");
      if (message.deleted)
        throw new ServiceError("MESSAGE_DELETED", "This message was deleted.", "There is nothing to report.");
      const why = checked(() => normalizeReason(reason ?? ""));
      await taking;
      const known = counting(replica).find(
        ([, report]) => report.by === self && report.message === message.id,
      );
      if (known) return { id: known[0], message: message.id };
      const { epoch } = await author.ensureKeys(replica.control);
      const planned = planReport({
        message: message.id,
        about: message.author,
        reason: why,
        self: identity().device.device,
        membership: replica.membership,
        controlEpoch: epoch,
        box,
        random,
      });
      if (!planned)
        throw new ServiceError(
          "NO_ADMIN",
          "Nobody here but its author could act on a report.",
          "Block its author, or leave.",
        );
      const { ids } = await author.write([planned]);
      await takeNew();
      return { id: ids[0] as EventId, message: message.id };
    },

    reports(space) {
      const replica = queries.replica(space);
      checkAdmin(replica.space);
      const open = counting(replica).filter(([, report]) => isOpen(report));
      return open
        .filter(([, { by }]) => by !== identity().person)
        .slice(-REPORTS_LISTED_MAX)
        .map(([id, report]): ReportInfo => ({
          id,
          space: report.space,
          messageId: report.message,
          message: messageOf(report),
          by: report.by,
          byName: queries.nameOf(report.by),
          reason: report.reason,
          atMs: report.atMs,
        }));
    },

    async handleReport(id) {
      writable();
      const report = book.get(id);
      if (!report || !ledger.replicas.has(report.space))
        throw new ServiceError(
          "UNKNOWN_REPORT",
          "There is no such report here.",
          "List the space's reports.",
        );
      checkAdmin(report.space);
      if (report.handled) return;
      const meta = [book.change(id, { ...report, handled: true })];
      try {
        await ledger.commit(ledger.gather(null), { meta, log: [entryOf(id, report, "handled")] });
      } catch (error) {
        book.reload(id);
        throw error;
      }
    },
  };
}
