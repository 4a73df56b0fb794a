/** The passphrase of the node's data directory: calls of the client. */
import type { ChangePassphrase, PassphraseState } from "@kith/contract";
import type { CallSignal } from "./calls.ts";
import type { Http } from "./http.ts";

export interface AtRestCalls {
  /** Whether there is one, and when the node locks itself. */
  passphrase(options?: CallSignal): Promise<PassphraseState>;
  /** Rejects with WRONG_PASSPHRASE where `current` is not the one that is set. */
  changePassphrase(change: ChangePassphrase, options?: CallSignal): Promise<PassphraseState>;
  removePassphrase(current: string, options?: CallSignal): Promise<PassphraseState>;
  /** Resolves when the node has heard it; it then answers LOCKED until it is unlocked. */
  lock(options?: CallSignal): Promise<void>;
  /** Needs no credential; resolves once the node runs, and signs the browser in. */
  unlock(passphrase: string, options?: CallSignal): Promise<void>;
  /** A person is here: the node does not lock itself yet. */
  stayAwake(options?: CallSignal): Promise<void>;
}

export function createAtRestCalls(call: Http["call"]): AtRestCalls {
  return {
    passphrase: (options) => call("GET", "/api/passphrase", options),
    changePassphrase: (body, options) => call("PUT", "/api/passphrase", { body, ...options }),
    removePassphrase: (current, options) =>
      call("DELETE", "/api/passphrase", { body: { current }, ...options }),
    lock: async (options) => void (await call("POST", "/api/lock", options)),
    unlock: async (passphrase, options) =>
      void (await call("POST", "/api/unlock", { body: { passphrase }, ...options })),
    stayAwake: (options) => call("POST", "/api/awake", options),
  };
}
