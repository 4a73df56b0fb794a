/**
 * Events that one link brings: into the pipeline, and what their report asks for. What a disk that rests cannot take
 * is let go and fetched later. spec/session SE7, SE13, SE15.
 */
import type { EventId, Log, ScopeId } from "@kith/core";
import type { Ingest } from "./ingest.ts";
import type { Ledger } from "./ledger.ts";
import type { ScopeSync } from "./scope-sync.ts";
import type { Supplier, Wants } from "./wants.ts";

export interface IntakeOptions {
  readonly log: Log;
  readonly ledger: Pick<Ledger, "health" | "scopeState">;
  readonly ingest: Pick<Ingest, "deliver">;
  readonly wants: Wants;
  readonly supplier: Supplier;
  readonly sync: ScopeSync;
  readonly onFault: (code: string, count: number) => void;
  readonly later: (delayMs: number, call: () => void) => void;
}

/** Just after the rest of a disk that refused: never in the same moment as its end. */
const RETRY_AFTER_REST_MS = 50;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #unstored = new Set<ScopeId>();
  #closed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
  }

  async take(scope: ScopeId, outers: readonly Uint8Array[]): Promise<void> {
    const { log, ledger, ingest, wants, supplier, sync, onFault } = this.#options;
    sync.touch(scope);
    if (ledger.health.restMs > 0) {
      this.#fetchLater(scope);
      return;
    }
    try {
      const report = await ingest.deliver({ scope, outers, from: supplier.device });
      if (report.refused) onFault(report.refused.code, report.refused.count);
      if (!this.#closed) this.#askForCauses(scope, report.missing);
      wants.judged(scope);
    } catch (error) {
      // Nothing was stored and nothing acknowledged; it is fetched again when the store may have room.
      log.error("events:not-stored", { scope, error: String(error) });
      this.#fetchLater(scope);
    }
  }

  /** A reconciliation that is under way brings them, but for those below a floor. */
  #askForCauses(scope: ScopeId, missing: readonly EventId[]): void {
    const { ledger, wants, supplier, sync } = this.#options;
    const floor = ledger.scopeState(scope)?.floor ?? 0;
    if (missing.length === 0 || (sync.bringsCauses(scope) && floor === 0)) return;
    wants.missing(supplier, scope, missing);
    if (!sync.isRunning(scope)) sync.doubt(scope);
  }

  /** What could not be stored is asked for again once the disk may take it: all scopes together, one timer. */
  #fetchLater(scope: ScopeId): void {
    const { ledger, wants, sync, later } = this.#options;
    if (this.#closed) return;
    sync.disagree(scope);
    wants.forget(scope);
    const isWaiting = this.#unstored.size > 0;
    this.#unstored.add(scope);
    if (isWaiting) return;
    later(ledger.health.restMs + RETRY_AFTER_REST_MS, () => {
      const scopes = [...this.#unstored];
      this.#unstored.clear();
      for (const each of scopes) sync.want(each);
    });
  }
}
