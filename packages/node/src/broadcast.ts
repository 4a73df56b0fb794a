/** Posting by a channel's name alone: the space is the one that came to this device first. spec/http HT67. */
import type { NodeParts } from "./node.ts";
import type { Poster } from "./poster.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { Broadcast, BroadcastAnswer } from "./service-figures.ts";

export async function broadcast(
  { identity, queries, swarm, ledger }: NodeParts,
  poster: Poster,
  { board, content, userId, clientId }: Broadcast,
): Promise<BroadcastAnswer> {
  const { person, device } = identity();
  if (userId !== undefined && userId !== person && userId !== device.device) {
    throw new ServiceError(
      "NOT_ALLOWED",
      "userId is not the person of this node, and nobody else's messages can be posted.",
      "Leave userId out, or give the id that GET /api/me shows.",
    );
  }
  const replica = findDefault();
  const { id: channel, roster } = queries.channel(replica, board);
  const [posted] = await poster.post([
    { space: replica.space, channel, text: content, ...(clientId === undefined ? null : { clientId }) },
  ]);
  if (!posted || posted instanceof ServiceError) throw posted ?? new Error("POST_INVARIANT: no answer");
  const people = new Set(queries.members(replica, roster).flatMap(({ devices }) => devices));
  return { id: posted.id, broadcastTo: swarm.peers().filter(({ id }) => people.has(id)).length };

  /** Of the spaces that this device is in, the one whose first event arrived here first. */
  function findDefault(): Replica {
    const first = queries.spaces().find(({ state }) => state === "ready");
    const replica = first && ledger.replicas.get(first.id);
    if (replica) return replica;
    throw new ServiceError(
      "UNKNOWN_SPACE",
      "This device is in no space yet.",
      "Create one (POST /api/spaces) or join one (POST /api/join).",
    );
  }
}
