/** Routes about the passphrase of the data directory, and locking. Spec: http, HT78-HT83. */
import {
  changePassphrase,
  lockAnswer,
  passphraseState,
  removePassphrase,
  unlock,
  unlockAnswer,
} from "@kith/contract";
import type { PassphraseState } from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { createTries } from "../tries.ts";

function notSet(): ApiFault {
  return new ApiFault(
    "PASSPHRASE_NOT_SET",
    "this data directory has no passphrase: its key lies in a file beside it",
    "set one first, in the settings or with `kith passphrase set`",
  );
}

/** Who opens a locked node, and what is asked for it: the same for the gate, which takes it, and for a node, which does not. */
export const unlockRoute = {
  config: { scope: null },
  schema: {
    summary: "Open a locked node by its passphrase",
    description:
      "Answers once the node runs, and signs the browser that asked in. A wrong passphrase is 403 WRONG_PASSPHRASE, and the next is looked at after a wait that grows. A node that is not locked answers 409 NOT_LOCKED.",
    tags: ["at rest"],
    security: [],
    body: unlock,
    response: answers({ 200: unlockAnswer }),
  },
} as const;

export function addAtRestRoutes(app: App, { vault, clock }: RouteContext): void {
  const tries = createTries(clock);
  const state = (): PassphraseState => ({
    set: vault.isSet(),
    keychain: vault.isInKeychain(),
    autoLockMinutes: vault.autoLockMinutes(),
  });

  app.get(
    "/api/passphrase",
    {
      config: { scope: "admin" },
      schema: {
        summary:
          "Whether the data directory has a passphrase, who else opens it, and when the node locks itself",
        tags: ["at rest"],
        response: answers({ 200: passphraseState }),
      },
    },
    state,
  );

  app.put(
    "/api/passphrase",
    {
      config: { scope: "admin" },
      schema: {
        summary:
          "Set or change the passphrase, put the key into the system's keychain, and when the node locks itself",
        description:
          "Without the passphrase nobody opens the data directory again, its owner neither. To change it takes the one before, as `current`, and so does the keychain; where that does not answer it is 503 KEYCHAIN_UNAVAILABLE.",
        tags: ["at rest"],
        body: changePassphrase,
        response: answers({ 200: passphraseState }),
      },
    },
    async ({ body: { passphrase, current, keychain, autoLockMinutes } }) => {
      if (passphrase !== undefined) {
        // Who names one believes that there is one.
        if (!vault.isSet() && current !== undefined) throw notSet();
        if (vault.isSet() && current === undefined)
          throw new ApiFault("BAD_INPUT", "current is missing", "give the passphrase that is set now");
        await tries.run(() => vault.setPassphrase(passphrase, current ?? null));
      }
      if (keychain === true) {
        if (!vault.isSet()) throw notSet();
        const known = passphrase ?? current;
        if (known === undefined)
          throw new ApiFault("BAD_INPUT", "current is missing", "give the passphrase that is set now");
        await tries.run(() => vault.putIntoKeychain(known));
      } else if (keychain === false) await vault.takeFromKeychain();
      if (autoLockMinutes !== undefined) {
        if (autoLockMinutes !== null && !vault.isSet()) throw notSet();
        await vault.setAutoLock(autoLockMinutes);
      }
      return state();
    },
  );

  app.delete(
    "/api/passphrase",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Remove the passphrase: the key lies in its file as it is from then on",
        tags: ["at rest"],
        body: removePassphrase,
        response: answers({ 200: passphraseState }),
      },
    },
    async ({ body: { current } }) => {
      if (!vault.isSet()) throw notSet();
      await tries.run(() => vault.removePassphrase(current));
      // Without a passphrase there is nothing to lock with.
      await vault.setAutoLock(null);
      return state();
    },
  );

  app.post(
    "/api/lock",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Lock this node: it leaves the network and forgets the key until it is unlocked",
        tags: ["at rest"],
        response: answers({ 202: lockAnswer }),
      },
    },
    async (_request, reply) => {
      if (!vault.isSet()) throw notSet();
      // The caller hears the answer before the node goes down.
      reply.raw.once("close", () => vault.lock());
      return reply.code(202).send({ locking: true });
    },
  );

  app.post("/api/unlock", unlockRoute, () => {
    throw new ApiFault("NOT_LOCKED", "this node is not locked", "go on as ever");
  });

  app.post(
    "/api/awake",
    {
      config: { scope: "admin" },
      schema: {
        summary: "A person is here: the node does not lock itself yet",
        tags: ["at rest"],
        response: answers({ 204: z.void() }),
      },
    },
    async (_request, reply) => {
      vault.touch();
      return reply.code(204).send();
    },
  );
}
