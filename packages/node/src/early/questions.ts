/**
 * Which neighbour is asked for the newest messages of a scope, and when: only while much is missing, one at a time, and
 * another when it does not answer. spec/sync SY65, SY67.
 */
import { EARLY_BYTES_MAX, EARLY_EVENTS_MAX } from "@kith/core";
import type { Clock, ScopeId } from "@kith/core";
import {
  EARLY_AGAIN_MS,
  EARLY_EACH,
  EARLY_LACKING_MIN,
  EARLY_LOCKED_AGAIN_MS,
  EARLY_SILENT_MS,
} from "../limits.ts";
import type { Supplier } from "../wants.ts";
import type { EarlyWindow } from "./window.ts";

/** One link. */
export type EarlySource = Pick<Supplier, "device" | "send" | "onFault">;

export interface EarlyQuestionsOptions {
  readonly clock: Clock;
  readonly window: EarlyWindow;
  /** This side reads nothing now: silence says nothing about the other. */
  readonly isPaused: () => boolean;
}

interface Question {
  readonly source: EarlySource;
  events: number;
  bytes: number;
  locked: number;
  cancel: () => void;
}

interface Asked {
  /** Who says to hold much that is not here. */
  readonly sources: Set<EarlySource>;
  /** Who has been asked since the last answer. */
  readonly tried: Set<EarlySource>;
  question: Question | null;
  /** The pause between two questions. */
  cancel: (() => void) | null;
}

export class EarlyQuestions {
  readonly #options: EarlyQuestionsOptions;
  readonly #scopes = new Map<ScopeId, Asked>();

  constructor(options: EarlyQuestionsOptions) {
    this.#options = options;
  }

  close(): void {
    for (const scope of this.#scopes.keys()) this.#forget(scope);
  }

  /** Events of the scope that the other end of a link says to hold beyond what is here. */
  note(source: EarlySource, scope: ScopeId, lacking: number): void {
    if (lacking <= EARLY_LACKING_MIN) {
      this.#leave(source, scope);
      return;
    }
    if (!this.#options.window.open(scope)) return;
    const asked = this.#scopes.get(scope) ?? {
      sources: new Set(),
      tried: new Set(),
      question: null,
      cancel: null,
    };
    this.#scopes.set(scope, asked);
    asked.sources.add(source);
    if (asked.cancel === null) this.#ask(scope, asked);
  }

  /** The link is over. */
  leave(source: EarlySource): void {
    for (const scope of this.#scopes.keys()) this.#leave(source, scope);
  }

  async take(source: EarlySource, scope: ScopeId, outers: readonly Uint8Array[]): Promise<void> {
    const question = this.#scopes.get(scope)?.question;
    // Not asked for, or asked of it in vain before.
    if (question?.source !== source) return;
    question.events += outers.length;
    question.bytes += outers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (question.events > EARLY_EVENTS_MAX || question.bytes > EARLY_BYTES_MAX) {
      source.onFault("EARLY_FLOOD");
      this.#over(scope, question, { isAnswered: false });
      return;
    }
    this.#wait(scope, question);
    const { fault, locked } = await this.#options.window.take(scope, { outers, from: source.device });
    question.locked += locked;
    if (fault === null) return;
    source.onFault(fault);
    this.#over(scope, question, { isAnswered: false });
  }

  done(source: EarlySource, scope: ScopeId): void {
    const question = this.#scopes.get(scope)?.question;
    if (question?.source === source) this.#over(scope, question, { isAnswered: true });
  }

  #leave(source: EarlySource, scope: ScopeId): void {
    const asked = this.#scopes.get(scope);
    if (asked === undefined) return;
    asked.sources.delete(source);
    asked.tried.delete(source);
    if (asked.question?.source === source) this.#over(scope, asked.question, { isAnswered: false });
    if (asked.sources.size > 0) return;
    this.#forget(scope);
    this.#options.window.rest(scope);
  }

  #forget(scope: ScopeId): void {
    const asked = this.#scopes.get(scope);
    asked?.cancel?.();
    asked?.question?.cancel();
    this.#scopes.delete(scope);
  }

  #ask(scope: ScopeId, asked: Asked): void {
    if (asked.question !== null) return;
    const source = [...asked.sources].find((each) => !asked.tried.has(each));
    if (source === undefined) {
      this.#pause(scope, asked, EARLY_AGAIN_MS);
      return;
    }
    asked.tried.add(source);
    const question: Question = { source, events: 0, bytes: 0, locked: 0, cancel: () => undefined };
    asked.question = question;
    this.#wait(scope, question);
    source.send({ type: "earlyWant", scope, each: EARLY_EACH });
  }

  #wait(scope: ScopeId, question: Question): void {
    question.cancel();
    question.cancel = this.#options.clock.after(EARLY_SILENT_MS, () => {
      if (this.#options.isPaused()) this.#wait(scope, question);
      else this.#over(scope, question, { isAnswered: false });
    });
  }

  #over(scope: ScopeId, question: Question, { isAnswered }: { readonly isAnswered: boolean }): void {
    const asked = this.#scopes.get(scope);
    question.cancel();
    if (asked?.question !== question) return;
    asked.question = null;
    if (!isAnswered) this.#ask(scope, asked);
    else this.#pause(scope, asked, question.locked > 0 ? EARLY_LOCKED_AGAIN_MS : EARLY_AGAIN_MS);
  }

  /** What was not pushed meanwhile, for want of room on the link, is asked for then. */
  #pause(scope: ScopeId, asked: Asked, ms: number): void {
    asked.cancel = this.#options.clock.after(ms, () => {
      asked.cancel = null;
      asked.tried.clear();
      if (asked.sources.size > 0) this.#ask(scope, asked);
    });
  }
}
