/**
 * Fills an empty store from a backup: a new device of the same person, certified by the person's root, with the keys and the
 * history that the backup holds. Every event enters as a stranger's would. spec/identity ID52, ID57-ID59.
 */
import { certifyDevice, createDeviceKeys, personRootFromSeed, readUtf8, utf8 } from "@kith/core";
import type {
  Box,
  Clock,
  DeviceKeys,
  EpochKeys,
  EventStore,
  Identity,
  Log,
  Random,
  SignatureVerifier,
  SpaceId,
} from "@kith/core";
import type { BackupSecrets } from "@kith/core/recovery";
import { newPrekey, restoredMeta } from "../identity-store.ts";
import { Ingest, NOBODY } from "../ingest.ts";
import type { MetaWrite } from "../kept.ts";
import { Ledger } from "../ledger.ts";
import { takeBodies } from "../sealed-bodies.ts";
import { restoredSpaceMeta } from "../restored.ts";
import { secretsMeta } from "../secrets.ts";
import { ServiceError } from "../service.ts";
import type { BackupReport, TypedSecrets } from "../service-recovery.ts";
import { READ_PREFIX } from "./contents.ts";
import { readBackup } from "./read-backup.ts";
import type { BackupAbout } from "./read-backup.ts";
import { recoveryMeta } from "./recovery-meta.ts";
import { asBackupFault, readSecrets } from "./typed.ts";

export interface RestoreOptions {
  /** Empty. */
  readonly store: EventStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly box: Box;
  readonly verifier: SignatureVerifier;
  /** Of a device that has signed nothing yet; left out: a fresh one. */
  readonly device?: DeviceKeys;
}

/** Rejects with BACKUP_INVALID, BACKUP_SECRET, WORDS_INVALID, and what storing throws; then the store is to be thrown away. */
export async function restoreBackup(
  options: RestoreOptions,
  source: AsyncIterable<Uint8Array>,
  typed: TypedSecrets,
): Promise<BackupReport> {
  const secrets = readSecrets(typed);
  const { store, clock, log, verifier } = options;
  if (store.metaKeys("epoch/").length > 0) throw notEmpty();
  const ledger = new Ledger({ clock, log, store });
  const ingest = new Ingest({
    ledger,
    verifier,
    log,
    nowMs: () => clock.nowMs(),
    onDecoded: () => undefined,
    onPressure: () => undefined,
  });
  const commit = (meta: readonly MetaWrite[]) => ledger.commit(ledger.gather(null), { meta });
  const spaces = new Set<SpaceId>();
  const marks: MetaWrite[] = [];
  let isOpen = false;
  try {
    const report = await readBackup(source, secrets, {
      about: async (about) => void (await commit(identityOf(options, about, secrets))),
      async keys(keys: readonly EpochKeys[]) {
        await commit(keys.map(secretsMeta));
        for (const each of keys) {
          ledger.addSecrets(each);
          spaces.add(each.space);
        }
      },
      async values(values) {
        marks.push(...values.filter(({ key }) => key.startsWith(READ_PREFIX)));
        await commit(values.filter(({ key }) => !key.startsWith(READ_PREFIX)));
      },
      async events(scope, outers) {
        // All keys and floors are here by now.
        if (!isOpen) for (const space of spaces) ledger.openSpace(space);
        isOpen = true;
        const { accepted, duplicates } = await ingest.deliver({ scope, outers, from: NOBODY });
        return outers.length - accepted - duplicates;
      },
      bodies: (bodies) => takeBodies({ store, ledger, log, nowMs: () => clock.nowMs() }, bodies),
    });
    const arrival = store.stats().events;
    await commit([
      ...marks.flatMap((mark) => markedAt(mark, arrival)),
      ...[...ledger.replicas.values()].map((replica) => restoredSpaceMeta(store, replica)),
      ...recoveryMeta({ restoredMs: report.madeMs, ...(secrets.seed && { checkedMs: clock.nowMs() }) }),
    ]);
    return report;
  } catch (error) {
    throw asBackupFault(error);
  }
}

function identityOf(
  { clock, random, box, device = createDeviceKeys(random) }: RestoreOptions,
  { person, name, rootSeed }: BackupAbout,
  { seed }: BackupSecrets,
): MetaWrite[] {
  const root = rootSeed ?? seed;
  if (!root)
    throw new ServiceError(
      "BACKUP_SECRET",
      "The person's root is not in this backup, so the passphrase alone makes no new device of theirs.",
      "Give the 24 recovery words as well.",
    );
  if (personRootFromSeed(root).person !== person)
    throw new ServiceError(
      "BACKUP_SECRET",
      "These are the recovery words of another person than the one whose backup this is.",
      "Take the words that belong to it.",
    );
  const issuedMs = clock.nowMs();
  const certificate = certifyDevice(root, { device: device.device, issuedMs });
  const prekey = newPrekey({ random, clock, box }, { person, device });
  const identity: Identity = { person, name, certificate, device, prekey };
  return restoredMeta(identity, { rootSeed: root, nowMs: issuedMs });
}

/** What was read stays read. One that cannot be read is left out: the conversation is unread then. */
function markedAt({ key, value }: MetaWrite, arrival: number): MetaWrite[] {
  try {
    const mark: unknown = value && JSON.parse(readUtf8(value));
    if (typeof mark !== "object" || mark === null) return [];
    return [{ key, value: utf8(JSON.stringify({ ...mark, arrival })) }];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return [];
    throw error;
  }
}

export function notEmpty(): ServiceError {
  return new ServiceError(
    "NOT_EMPTY",
    "This device has spaces already, so nothing is restored over them.",
    "Start a node in an empty data directory, or `kith reset` this one.",
  );
}
