/**
 * Who is typing: told to the connected devices of a channel's people and kept nowhere. Not an event, so it is not
 * signed by itself: it is the session's person who types, and nobody can say it of another. spec/http HT64.
 */
import type { ChannelId, Clock, DeviceId, Frame, PersonId, ScopeId } from "@kith/core";
import { Seldom } from "./bounded.ts";
import type { ChangeLog } from "./change-log.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import { HEARD_DEVICES_MAX, TYPING_HEARD_MS, TYPING_SENT_MS } from "./limits.ts";
import type { Queries } from "./queries.ts";

export interface TypingOptions {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly changeLog: ChangeLog;
  readonly self: () => PersonId;
  readonly exchanges: () => Iterable<Exchange>;
}

export class Typing {
  readonly #options: TypingOptions;
  readonly #sent: Seldom<ChannelId>;
  readonly #heard: Seldom<DeviceId>;

  constructor(options: TypingOptions) {
    this.#options = options;
    const { clock } = options;
    this.#sent = new Seldom({ clock, everyMs: TYPING_SENT_MS, keptMax: HEARD_DEVICES_MAX });
    this.#heard = new Seldom({ clock, everyMs: TYPING_HEARD_MS, keptMax: HEARD_DEVICES_MAX });
  }

  /** Throws UNKNOWN_SPACE, UNKNOWN_CHANNEL, AMBIGUOUS_NAME. */
  send(space: string, channel: string): void {
    const { queries, exchanges } = this.#options;
    const { id, scope } = queries.channel(queries.replica(space), channel);
    if (!this.#sent.take(id)) return;
    for (const exchange of exchanges())
      if (exchange.mayReconcile(scope))
        exchange.session.send({ type: "typing", scope, channel: id }, "control");
  }

  /** Of a channel that is not here, or that the other is not in, and what comes too often: nothing. */
  hear(exchange: Exchange, { scope, channel }: Extract<Frame, { type: "typing" }>): void {
    const { changeLog, clock, queries, self } = this.#options;
    const { device, person } = exchange.session;
    if (person === self() || !this.#heard.take(device) || !exchange.mayReconcile(scope)) return;
    const space = this.#spaceOf(scope, channel);
    if (space === null) return;
    changeLog.tell("typing", clock.nowMs(), { space, channel, person, name: queries.nameOf(person) });
  }

  #spaceOf(scope: ScopeId, channel: ChannelId): string | null {
    const replica = this.#options.ledger.replicaOfScope(scope);
    if (!replica) return null;
    const facts = this.#options.queries.channelFacts(replica);
    return facts.some((one) => one.id === channel && one.scope === scope) ? replica.space : null;
  }
}
