/** The steps that most tests of several nodes begin with: found a space, join it, speak, compare. */
import type { NodeProcess } from "./node-process.ts";

export interface Told {
  readonly id: string;
  readonly text: string;
  readonly author: string;
}

export const spaceName = "Harbour";

/** A space of `owner` that the others have joined over one invite. */
export async function meet(
  owner: NodeProcess,
  others: readonly NodeProcess[],
  name = spaceName,
): Promise<{ link: string; space: string }> {
  const { id: space } = await owner.ask<{ id: string }>("POST", "/api/spaces", { name });
  const { link } = await owner.ask<{ link: string }>("POST", `/api/spaces/${space}/invites`, {
    uses: others.length,
  });
  for (const node of others) await joinBy(node, link);
  return { link, space };
}

export async function joinBy(node: NodeProcess, link: string): Promise<void> {
  const { status, body } = await node.call("POST", "/api/join", { link, waitMs: 20_000 });
  // 202 is the answer while it still waits for something.
  if (status !== 201) throw new Error(`joining was answered ${status}: ${JSON.stringify(body)}`);
}

export function say(node: NodeProcess, text: string, space = spaceName): Promise<Told> {
  return node.ask<Told>("POST", "/api/messages", { space, channel: "general", text });
}

/** All messages of the first channel, in the order the node lists them. */
export async function listAll(node: NodeProcess, space = spaceName): Promise<Told[]> {
  const all: Told[] = [];
  for (let before: string | null = null; ;) {
    const query: string = before === null ? "" : `&before=${before}`;
    const page: { items: Told[]; next: string | null } = await node.ask(
      "GET",
      `/api/messages?space=${space}&channel=general&limit=500${query}`,
    );
    all.unshift(...page.items);
    if (page.next === null) return all;
    before = page.next;
  }
}

export async function hears(node: NodeProcess, text: string, withinMs?: number): Promise<void> {
  await node.until(
    `"${text}" at ${node.ready.deviceId.slice(0, 8)}`,
    async () => (await listAll(node)).some((told) => told.text === text),
    withinMs,
  );
}

/** Until every node lists the same `count` messages in one order. */
export async function agree(
  nodes: readonly NodeProcess[],
  count: number,
  withinMs?: number,
  space = spaceName,
): Promise<void> {
  const [first] = nodes;
  if (!first) return;
  await first.until(
    `${count} messages in one order on ${nodes.length} nodes`,
    async () => {
      const lists = await Promise.all(
        nodes.map(async (node) => (await listAll(node, space)).map(({ id }) => id)),
      );
      return lists.every((list) => list.length === count && list.join() === lists[0]?.join());
    },
    withinMs,
  );
}

export async function peerIds(node: NodeProcess): Promise<string[]> {
  return (await node.ask<{ items: { id: string }[] }>("GET", "/api/peers")).items.map(({ id }) => id);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
