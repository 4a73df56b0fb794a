/**
 * For tests, run as a process: commits without end and says which batches are acknowledged.
 * Arguments: directory, key in hex. A batch is three events of one chain, the middle one with a message, the first with a body
 * that is kept, the last with one that did not open; times jump to and fro, so that leaves are split on the way.
 */
import { writeSync } from "node:fs";
import type {
  ChannelId,
  DeviceId,
  EventId,
  MessageRow,
  PersonId,
  ScopeId,
  SpaceId,
  ViewChange,
  WriteBatch,
} from "@kith/core";
import { openSqliteStore } from "./index.ts";

const hex = (tag: string, n: number, digits = 64) => tag + n.toString(16).padStart(digits - 1, "0");
const [directory = "", key = ""] = process.argv.slice(2);
const store = await openSqliteStore({ directory, key: new Uint8Array(Buffer.from(key, "hex")) });
const space = hex("5", 1) as SpaceId;
const scope = hex("c", 1) as ScopeId;
const device = hex("d", 1) as DeviceId;
const idOf = (seq: number) => hex("e", seq) as EventId;

function batchOf(first: number): WriteBatch {
  const events = [first, first + 1, first + 2].map((seq) => {
    const facts = { id: idOf(seq), space, scope, device, seq, timeMs: (seq * 7_919) % 1_009, timeCount: 0 };
    const row: MessageRow = {
      ...facts,
      channel: hex("4", 1, 32) as ChannelId,
      author: hex("a", 1) as PersonId,
      text: `word ${seq}`,
      replyTo: null,
      clientId: null,
    };
    const body = seq === first ? new Uint8Array(700).fill(seq) : null;
    const sealed: ViewChange = { op: "sealed", row: { id: facts.id, scope, body } };
    return {
      event: {
        ...facts,
        bucket: 1,
        prev: seq === 0 ? null : idOf(seq - 1),
        parents: [],
        kind: 1,
        outer: new Uint8Array(700).fill(seq),
      },
      views: [seq === first + 1 ? ({ op: "message", row } as const) : sealed],
      log: [{ type: "message", atMs: seq, data: null, ref: idOf(seq) } as const],
    };
  });
  return { events, meta: [{ key: "last", value: Buffer.from(`${first}`) }] };
}

let next = (store.chainTips(scope)[0]?.seq ?? -1) + 1;
async function commitOnward(): Promise<void> {
  for (;;) {
    const first = next;
    next += 3;
    await store.commit(batchOf(first));
    writeSync(1, `${first}\n`);
  }
}
// Several at once, so that groups hold more than one batch.
await Promise.all(Array.from({ length: 8 }, commitOnward));
