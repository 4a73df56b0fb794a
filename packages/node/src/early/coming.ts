/**
 * What is still to come over one link: how much the other end says to hold, and the newest of it before its history.
 * Also answers when the other end asks for the same. spec/sync SY65-SY71, spec/session SE21.
 */
import type { Frame, ScopeId } from "@kith/core";
import { Seldom } from "../bounded.ts";
import { Claims } from "../claims.ts";
import type { Outlook } from "../claims.ts";
import type { ExchangeHost } from "../exchange-host.ts";
import { EARLY_ANSWER_MS, EARLY_LOOK_MS, TERMS_MAX } from "../limits.ts";
import type { ScopeSync } from "../scope-sync.ts";
import type { Supplier } from "../wants.ts";
import { earlyFrames } from "./answers.ts";

type EarlyFrame = Extract<Frame, { type: "early" | "earlyWant" | "earlyDone" }>;

export interface ComingOptions {
  readonly host: Pick<ExchangeHost, "clock" | "ledger" | "store" | "budgets" | "early" | "deliveries">;
  readonly supplier: Supplier;
  readonly sync: ScopeSync;
  readonly mayExchange: (scope: ScopeId) => boolean;
}

export class Coming {
  readonly #options: ComingOptions;
  readonly #claims = new Claims();
  readonly #looks: Seldom<ScopeId>;
  readonly #answers: Seldom<ScopeId>;

  constructor(options: ComingOptions) {
    this.#options = options;
    const { clock } = options.host;
    this.#looks = new Seldom({ clock, everyMs: EARLY_LOOK_MS, keptMax: TERMS_MAX });
    this.#answers = new Seldom({ clock, everyMs: EARLY_ANSWER_MS, keptMax: TERMS_MAX });
  }

  close(): void {
    this.#options.host.early.questions.leave(this.#options.supplier);
  }

  /** Kept before the scope may be known here. */
  note({ scope, heights }: Extract<Frame, { type: "heights" }>): void {
    this.#claims.note(scope, heights);
    const { host, supplier, mayExchange } = this.#options;
    if (!mayExchange(scope)) return;
    const pairs = heights.map(({ device, seq }) => [device, seq] as const);
    host.deliveries.note(scope, supplier.device, pairs);
    if (this.#looks.take(scope)) this.consider([scope]);
  }

  /** The scope goes over this link from now on: what the other side has said of it before counts. spec/session SE9. */
  begin(scope: ScopeId): void {
    const { host, supplier } = this.#options;
    const heights = this.#claims.heightsOf(scope);
    if (heights.length > 0) host.deliveries.note(scope, supplier.device, heights);
  }

  /** The other side has said that it holds something of the scope. */
  isHeardOf(scope: ScopeId): boolean {
    return this.#claims.has(scope);
  }

  /** By scope, events here and those there would be with what the other side says to hold; none where both agreed. */
  outlook(scopes: Iterable<ScopeId>): [ScopeId, Outlook][] {
    return [...scopes].flatMap((scope): [ScopeId, Outlook][] => {
      const state = this.#options.host.ledger.scopeState(scope);
      // Heights count what lies below a floor as well: how much there is above it nobody says.
      const isKnown = state?.floor === 0 && !this.#options.sync.isAgreed(scope);
      const outlook = isKnown ? this.#claims.outlook(scope, state.tips) : null;
      return outlook === null ? [] : [[scope, outlook]];
    });
  }

  /** Scopes that go over this link: where much is missing, the newest is asked for. */
  consider(scopes: readonly ScopeId[]): void {
    const { host, sync } = this.#options;
    for (const scope of scopes) {
      const replica = host.ledger.replicaOfScope(scope);
      const state = host.ledger.scopeState(scope);
      if (replica === null || state === null || scope === replica.control) continue;
      // From a floor on nobody says how much there is: it is asked for while there is nothing at all.
      const isTold = !sync.isAgreed(scope) && (state.floor === 0 || state.tips.size === 0);
      const outlook = isTold ? this.#claims.outlook(scope, state.tips) : null;
      host.early.questions.note(
        this.#options.supplier,
        scope,
        outlook === null ? 0 : outlook.of - outlook.have,
      );
    }
  }

  onAgreed(scope: ScopeId): void {
    const { host, supplier } = this.#options;
    host.early.questions.note(supplier, scope, 0);
    host.early.window.agreed(scope, supplier.device);
  }

  onFrame(frame: EarlyFrame): void {
    const { host, mayExchange } = this.#options;
    if (!mayExchange(frame.scope)) return;
    switch (frame.type) {
      case "early":
        void host.early.questions.take(this.#options.supplier, frame.scope, frame.outers);
        return;
      case "earlyDone":
        host.early.questions.done(this.#options.supplier, frame.scope);
        return;
      case "earlyWant":
        this.#answer(frame);
        return;
      default:
        frame satisfies never;
    }
  }

  #answer({ scope, each }: Extract<Frame, { type: "earlyWant" }>): void {
    const { host, supplier, sync } = this.#options;
    const replica = host.ledger.replicaOfScope(scope);
    if (replica === null || scope === replica.control || !this.#answers.take(scope)) return;
    host.budgets(supplier.device).spend(() => {
      const frames = earlyFrames(host.store, replica, { scope, each, floor: sync.line.termsOf(scope).floor });
      for (const outers of frames) supplier.send({ type: "early", scope, outers });
      supplier.send({ type: "earlyDone", scope });
    });
  }
}
