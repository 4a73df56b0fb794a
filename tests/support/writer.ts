/**
 * Somebody who posts as a careful program does: with a client id each, several requests at once, batches and
 * single messages, and what was not answered again under the same id. Remembers every promise it was given.
 */
import { spaceName } from "./meeting.ts";
import type { Surface } from "./surface.ts";

/** Requests under way together. */
const LANES = 4;
const BATCH_MESSAGES_MAX = 24;

interface Posted {
  readonly clientId: string;
  readonly text: string;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export interface Writer {
  /** Id by text, of every message that was answered with 201. */
  readonly answered: ReadonlyMap<string, string>;
  /** Texts that were sent and neither answered nor given up. */
  readonly unanswered: number;
  readonly refusals: readonly Refusal[];
  /**
   * Posts what is unanswered and so many new messages. Resolves when all are answered or refused, or when the
   * node is gone: then what it did not answer waits for the next burst.
   */
  burst(node: Pick<Surface, "call">, count: number): Promise<void>;
}

export function createWriter(author: string, { space = spaceName, padding = 0 } = {}): Writer {
  const answered = new Map<string, string>();
  const unanswered = new Map<string, Posted>();
  const refusals: Refusal[] = [];
  let made = 0;

  function make(): Posted {
    made += 1;
    const text = `${author} ${made}${padding > 0 ? ` ${"x".repeat(padding)}` : ""}`;
    const one = { clientId: `${author}-${made}`, text };
    unanswered.set(one.clientId, one);
    return one;
  }

  function note(post: Posted, status: number, body: unknown): void {
    const { id, text, error } = body as { id?: string; text?: string; error?: Omit<Refusal, "status"> };
    if (error) {
      refusals.push({ status, ...error });
      return;
    }
    if (id === undefined || text !== post.text)
      throw new Error(`a post was answered ${status} with ${JSON.stringify(body)}`);
    answered.set(post.text, id);
    unanswered.delete(post.clientId);
  }

  async function post(node: Pick<Surface, "call">, posts: readonly Posted[]): Promise<void> {
    const bodies = posts.map(({ clientId, text }) => ({ space, channel: "general", clientId, text }));
    const [only] = posts;
    if (posts.length === 1 && only) {
      const { status, body } = await node.call("POST", "/api/messages", bodies[0]);
      note(only, status, body);
      return;
    }
    const { status, body } = await node.call("POST", "/api/messages/batch", { messages: bodies });
    const { items } = body as { items?: unknown[] };
    for (const [index, each] of posts.entries()) note(each, status, items ? items[index] : body);
  }

  return {
    answered,
    get unanswered() {
      return unanswered.size;
    },
    refusals,
    async burst(node, count) {
      const again = [...unanswered.values()];
      let left = again.length + count;

      function take(most: number): Posted[] {
        const posts = again.splice(0, Math.min(most, left));
        while (posts.length < Math.min(most, left)) posts.push(make());
        left -= posts.length;
        return posts;
      }

      async function lane(): Promise<void> {
        while (left > 0) {
          try {
            await post(
              node,
              take(Math.random() < 0.5 ? 1 : 1 + Math.floor(Math.random() * BATCH_MESSAGES_MAX)),
            );
          } catch (error) {
            // The node is gone: ECONNREFUSED, ECONNRESET. Anything else is the test's to hear.
            if (!(error instanceof Error && "code" in error)) throw error;
            left = 0;
          }
        }
      }
      await Promise.all(Array.from({ length: LANES }, lane));
    },
  };
}
