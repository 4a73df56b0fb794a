import fc from "fast-check";
import type { BoxName } from "../ids.ts";
import type { ViewChange, WriteBatch } from "../ports/index.ts";
import {
  deviceOf,
  draft,
  entryOf,
  eventId,
  eventOf,
  messageOf,
  personOf,
  reactionOf,
  scopeOf,
} from "./store-rows.ts";

/** Batches over few names (and one event a reaction, as an event makes one), so that they meet, repeat and contradict each other. */
const small = fc.nat(14);
export const boxNames = ["1", "2"].map((end) => end.padStart(32, "0") as BoxName);
const blob = fc.option(fc.uint8Array({ maxLength: 3 }));
const sealed: fc.Arbitrary<ViewChange> = fc
  .record({ n: small, scope: fc.integer({ min: 1, max: 2 }), body: blob })
  .map(({ n, scope, body }) => ({ op: "sealed", row: { id: eventId(n), scope: scopeOf(scope), body } }));
export const batches: fc.Arbitrary<WriteBatch> = fc.record({
  events: fc.array(
    fc
      .record({
        n: small,
        seq: fc.nat(6),
        device: fc.integer({ min: 1, max: 3 }),
        scope: fc.integer({ min: 1, max: 2 }),
        bucket: fc.integer({ min: 10, max: 12 }),
        parents: fc.uniqueArray(small, { maxLength: 3 }),
        prev: fc.option(small),
        text: fc.option(fc.constantFrom("apple pie", "apple", "pear tree", "")),
        log: fc.nat(1),
        timeMs: fc.nat(3),
        clientId: fc.option(fc.constantFrom("k1", "k2", "k3")),
        sealed: fc.array(sealed, { maxLength: 1 }),
      })
      .map(({ n, seq, device, scope, bucket, parents, prev, text, log, timeMs, clientId, sealed }) => {
        const event = eventOf(n, {
          // An id is a hash of its parents, so none follows itself.
          seq,
          device: deviceOf(device),
          scope: scopeOf(scope),
          bucket,
          parents: parents.filter((one) => one !== n).map(eventId),
          prev: prev === null || prev === n ? null : eventId(prev),
          timeMs,
        });
        const row = messageOf(n, {
          text: text ?? "",
          seq,
          device: event.device,
          scope: event.scope,
          timeMs,
          clientId,
        });
        const shown: ViewChange[] = text === null ? [] : [{ op: "message", row }];
        return entryOf(event, { views: [...sealed, ...shown], log });
      }),
    { maxLength: 6 },
  ),
  views: fc.array(
    fc.oneof(
      sealed,
      fc
        .record({
          message: small,
          author: fc.integer({ min: 1, max: 2 }),
          present: fc.boolean(),
          timeMs: fc.nat(4),
          event: small,
        })
        .map(({ message, author, present, timeMs, event }): ViewChange => {
          return {
            op: "reaction",
            row: reactionOf(message, {
              author: personOf(author),
              present,
              timeMs,
              event: eventId(1_000 * (author + 1) + 20 * message + event),
            }),
          };
        }),
    ),
    { maxLength: 3 },
  ),
  log: fc.array(fc.constant(draft("log")), { maxLength: 2 }),
  heights: fc.array(
    fc.record({ holder: fc.integer({ min: 1, max: 2 }), seq: fc.nat(9) }).map(({ holder, seq }) => {
      return { scope: scopeOf(1), holder: deviceOf(holder), device: deviceOf(3), seq };
    }),
    { maxLength: 2 },
  ),
  boxes: fc.array(fc.record({ name: fc.constantFrom(...boxNames), blob }), { maxLength: 2 }),
  meta: fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.option(fc.uint8Array({ maxLength: 3 })) }),
    { maxLength: 2 },
  ),
});
