/** The passphrase of the node's data directory: calls of the client. */
import type { ChangePassphrase, PassphraseState } from "@kith/contract";
import type { Http } from "./http.ts";

export interface AtRestCalls {
  /** Whether there is one, and when the node locks itself. */
  passphrase(): Promise<PassphraseState>;
  /** Rejects with WRONG_PASSPHRASE where `current` is not the one that is set. */
  changePassphrase(change: ChangePassphrase): Promise<PassphraseState>;
  removePassphrase(current: string): Promise<PassphraseState>;
  /** Resolves when the node has heard it; it then answers LOCKED until it is unlocked. */
  lock(): Promise<void>;
  /** Needs no credential; resolves once the node runs, and signs the browser in. */
  unlock(passphrase: string): Promise<void>;
  /** A person is here: the node does not lock itself yet. */
  stayAwake(): Promise<void>;
}

export function createAtRestCalls(call: Http["call"]): AtRestCalls {
  return {
    passphrase: () => call("GET", "/api/passphrase"),
    changePassphrase: (body) => call("PUT", "/api/passphrase", { body }),
    removePassphrase: (current) => call("DELETE", "/api/passphrase", { body: { current } }),
    lock: async () => void (await call("POST", "/api/lock")),
    unlock: async (passphrase) => void (await call("POST", "/api/unlock", { body: { passphrase } })),
    stayAwake: () => call("POST", "/api/awake"),
  };
}
