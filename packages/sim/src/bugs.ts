/** Bugs that are planted to see whether an invariant notices. Nothing that people run knows them. */
import type { Bug } from "./planting.ts";

export const bugs: readonly Bug[] = [
  {
    name: "a message is answered before it is on the disk",
    file: "packages/node/src/ledger.ts",
    find: "      result = await this.#options.store.commit({ ...extras, meta, log, views, events: drafts });\n",
    replace: `      const writing = this.#options.store.commit({ ...extras, meta, log, views, events: drafts });
      const isPost = gathering.from === null && drafts.length > 0 && drafts.every(({ event }) => event.kind === 32);
      writing.catch(() => undefined);
      result = isPost
        ? { appended: drafts.map(({ event }) => ({ ...event, arrival: 1 })), log: [] }
        : await writing;
`,
  },
  {
    name: "one request is not made again: what a full disk did not take of a scope",
    file: "packages/node/src/intake.ts",
    find: "      const scopes = [...this.#unstored];\n",
    replace: "      const scopes = [...this.#unstored].slice(1);\n",
  },
  {
    name: "a request for events is lost when the queue of its link is full",
    file: "packages/node/src/peer-session.ts",
    find: "    const { type, payload } = encodeFrame(frame);\n",
    replace: `    if ((frame.type === "want" || frame.type === "take") && this.link.queuedBytes > 8_192) return true;
    const { type, payload } = encodeFrame(frame);
`,
  },
  {
    name: "Bloom filters have one salt for ever",
    file: "packages/node/src/scope-sync.ts",
    find: "salt: () => random.bytes(BLOOM_SALT_BYTES),",
    replace: "salt: () => random.bytes(BLOOM_SALT_BYTES).fill(7),",
  },
  {
    name: "two sides agree without a look at the roots",
    file: "packages/core/src/sync/session.ts",
    find: 'if (equalBytes(root, frame.root)) return [done("agreed", "bulk"), agree()];',
    replace: 'if (root.length > 0) return [done("agreed", "bulk"), agree()];',
  },
  {
    name: "a device acknowledges one event more than it holds",
    file: "packages/node/src/outflow.ts",
    find: "of.set(event.device, Math.max(of.get(event.device) ?? 0, event.seq));",
    replace: "of.set(event.device, Math.max(of.get(event.device) ?? 0, event.seq + 1));",
  },
  {
    name: "a full disk is taken for one that has written",
    file: "packages/sim/src/disk.ts",
    find: "for (const { reject } of refused) reject(fullError());",
    replace: "for (const { resolve } of refused) resolve({ appended: [], log: [] });",
  },
];
