/** What most cases begin with: a space, its members, and messages in it. */
import type { KithNode } from "./lab.ts";
import { openLine } from "./line.ts";
import type { Line } from "./line.ts";

export const SPACE = "Bench";
export const CHANNEL = "general";
/** At most so many messages in one request (CONTRACT). */
export const BATCH_MESSAGES = 256;
/** Requests of a burst under way at once. */
const REQUESTS_IN_FLIGHT = 4;
/** Asked again after so long where only a state, and no entry of the log, tells. */
const POLL_MS = 20;
const SETTLE_MS_MAX = 60_000;

/** A space of `owner`; answers an invite link for `uses` others. */
export async function foundSpace(owner: KithNode, uses: number): Promise<string> {
  const { id } = await owner.client.createSpace({ name: SPACE });
  return (await owner.client.createInvite(id, { uses })).link;
}

export async function join(node: KithNode, link: string): Promise<void> {
  const answer = await node.client.join(link, { waitMs: 30_000 });
  if (!answer.done) throw new Error(`the join stopped at ${answer.progress.step}: ${answer.progress.detail}`);
}

/** As long as a sentence; the number makes each one another. */
export function textOf(index: number): string {
  return `Message ${index}: the second rope is at the hut, bring the short one and the helmets on Sunday.`;
}

export function messageJson(index: number): string {
  return JSON.stringify({ space: SPACE, channel: CHANNEL, text: textOf(index) });
}

/** Posts `count` messages, a few full batches at a time. Resolves when all are durable at `line`'s node. */
export async function postBurst(line: Line, bodies: readonly string[]): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
      await line.post("/api/messages/batch", body);
  };
  await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, worker));
}

/** Made before the clock runs. */
export function burstBodies(count: number, from = 0): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < count; at += BATCH_MESSAGES) {
    const length = Math.min(BATCH_MESSAGES, count - at);
    bodies.push(
      `{"messages":[${Array.from({ length }, (_, index) => messageJson(from + at + index)).join(",")}]}`,
    );
  }
  return bodies;
}

/** Posts without measuring. */
export async function fill(node: KithNode, count: number, from = 0): Promise<void> {
  const line = await openLine(node, REQUESTS_IN_FLIGHT);
  try {
    await postBurst(line, burstBodies(count, from));
  } finally {
    line.close();
  }
}

export function burstLine(node: KithNode): Promise<Line> {
  return openLine(node, REQUESTS_IN_FLIGHT);
}

/** Until the condition holds; for what is not measured. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + SETTLE_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function untilLinked(node: KithNode, other: KithNode): Promise<void> {
  await until("a link between the two nodes", async () => {
    const { items } = await node.client.peers();
    return items.some((peer) => peer.id === other.ready.deviceId && peer.connected && peer.inSync);
  });
}

/** Both list the same messages in the same order, or the figure before it means nothing. */
export async function checkSame(a: KithNode, b: KithNode, count: number): Promise<void> {
  const [ofA, ofB] = await Promise.all([listIds(a), listIds(b)]);
  if (ofA.length !== count || new Set(ofA).size !== count)
    throw new Error(`${ofA.length} messages are listed, ${count} were answered`);
  if (ofB.length !== count || ofB.some((id, index) => id !== ofA[index]))
    throw new Error("the two nodes list different messages");
}

async function listIds({ client }: KithNode): Promise<string[]> {
  const ids: string[] = [];
  for (let before: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof client.messages>> = await client.messages({
      space: SPACE,
      channel: CHANNEL,
      limit: 500,
      ...(before === null ? null : { before }),
    });
    ids.unshift(...page.items.map(({ id }) => id));
    if (page.next === null) return ids;
    before = page.next;
  }
}
