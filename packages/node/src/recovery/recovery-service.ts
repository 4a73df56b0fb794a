/** The service over recovery words and backups of a running node. spec/identity ID46-ID60. */
import { certifyDevice, personRootFromSeed } from "@kith/core";
import { isRecoveryWord, RECOVERY_WORDS, recoveryWords } from "@kith/core/recovery";
import { newPrekey, readRoot, restoredMeta, rootMeta } from "../identity-store.ts";
import type { MetaWrite } from "../kept.ts";
import type { NodeParts } from "../node.ts";
import { ServiceError } from "../service.ts";
import type { RecoveryInfo, RecoveryService } from "../service-recovery.ts";
import { checkBackup } from "./read-backup.ts";
import { readRecoveryTimes, recoveryMeta } from "./recovery-meta.ts";
import { notEmpty } from "./restore.ts";
import { asBackupFault, checkPassphrase, readSecrets, seedOfWords } from "./typed.ts";
import { writeBackup } from "./write-backup.ts";

/** Enough that nobody guesses them, few enough that people do it. */
const CHECKED_WORDS_MIN = 3;

export function createRecoveryService(parts: NodeParts, writable: () => void): RecoveryService {
  const { options, ledger, identity, joins, linking } = parts;
  const { store, clock, random, box, verifier, log } = options;
  const commit = (meta: readonly MetaWrite[]) => ledger.commit(ledger.gather(null), { meta });

  const info = (): RecoveryInfo => {
    const { checkedMs, backupMs, restoredMs, dismissedMs } = readRecoveryTimes(store);
    const isCaredFor = checkedMs !== null || backupMs !== null || dismissedMs !== null;
    const rootHere = readRoot(store) !== null;
    return { rootHere, checkedMs, backupMs, restoredMs, nudge: !isCaredFor && hasConversation(parts) };
  };
  const root = (): Uint8Array => {
    const seed = readRoot(store);
    if (seed) return seed;
    throw new ServiceError(
      "ROOT_GONE",
      "Your recovery words cannot be shown on this device: it was linked by another, or it was told to forget them.",
      "Look where you wrote them down, or on your first device.",
    );
  };

  const assertEmpty = (): void => {
    const isLinking = ![undefined, "failed"].includes(linking.join.info?.step);
    const isJoining = joins.list().some(({ step }) => step !== "failed");
    if (ledger.replicas.size > 0 || isJoining || isLinking) throw notEmpty();
  };

  return {
    recovery: info,
    assertEmpty,
    recoveryWords: () => recoveryWords(root()),
    async checkRecoveryWords(given) {
      writable();
      const words = recoveryWords(root());
      const places = new Set(given.map(({ at }) => at));
      if (places.size < CHECKED_WORDS_MIN || [...places].some((at) => words[at - 1] === undefined))
        throw new ServiceError(
          "BAD_INPUT",
          `At least ${CHECKED_WORDS_MIN} different words are compared, by their places from 1 to ${RECOVERY_WORDS}.`,
          "Give each as {at, word}.",
        );
      const wrong = given.filter(({ at, word }) => !isRecoveryWord(word, words[at - 1] ?? ""));
      if (wrong.length > 0)
        throw new ServiceError(
          "WORDS_WRONG",
          `Not what was shown: word ${wrong.map(({ at }) => at).join(", word ")}.`,
          "Look at what you wrote down; show the words once more if it differs.",
        );
      await commit(recoveryMeta({ checkedMs: clock.nowMs() }));
      return info();
    },
    async forgetRoot() {
      writable();
      root();
      if (readRecoveryTimes(store).checkedMs === null)
        throw new ServiceError(
          "WORDS_UNCHECKED",
          "The words were not checked yet, and without them nobody gets you back.",
          "Check three of the written words first.",
        );
      await commit(rootMeta(null));
      log.info("recovery:root-forgotten", {});
      return info();
    },
    async restoreWords(words) {
      writable();
      const seed = seedOfWords(words);
      assertEmpty();
      const { device, name, prekey: before } = identity();
      const { person } = personRootFromSeed(seed);
      const nowMs = clock.nowMs();
      const certificate = certifyDevice(seed, { device: device.device, issuedMs: nowMs });
      const prekey = newPrekey({ random, clock, box }, { person, device }, before.bundle.expiresMs);
      const next = { person, name, certificate, device, prekey };
      await commit([...restoredMeta(next, { rootSeed: seed, nowMs }), ...recoveryMeta({ checkedMs: nowMs })]);
      parts.setIdentity(next);
      parts.swarm.keysChanged();
      log.info("recovery:restored", { person });
      return info();
    },
    async dismissRecovery() {
      writable();
      await commit(recoveryMeta({ dismissedMs: clock.nowMs() }));
      return info();
    },
    async *backup({ passphrase }) {
      const seed = readRoot(store);
      if (passphrase === undefined && seed === null)
        throw new ServiceError(
          "BAD_INPUT",
          "Your recovery words are not on this device, so a passphrase is needed.",
          "Give one; you will need it with the words to restore.",
        );
      const secrets = {
        ...(passphrase !== undefined && { passphrase: checkPassphrase(passphrase) }),
        ...(seed && { seed }),
      };
      yield* writeBackup({ store, ledger, clock, random, identity }, secrets);
      await commit(recoveryMeta({ backupMs: clock.nowMs() }));
    },
    async checkBackup(source, typed) {
      try {
        const seed = readRoot(store);
        const isOwn = typed.passphrase === undefined && typed.words === undefined && seed !== null;
        return await checkBackup(source, isOwn ? { seed } : readSecrets(typed), verifier);
      } catch (error) {
        throw asBackupFault(error);
      }
    },
  };
}

/** Somebody has said something, and somebody else was there. */
function hasConversation({ ledger, options }: NodeParts): boolean {
  const isShared = [...ledger.replicas.values()].some(
    ({ membership }) => membership.state().members.size > 1,
  );
  return isShared && options.store.stats().messages > 0;
}
