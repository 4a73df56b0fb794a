/** The service's part about finding messages, typing, and figures. */
import { broadcast } from "./broadcast.ts";
import type { NodeParts } from "./node.ts";
import type { Poster } from "./poster.ts";
import type { FigureService } from "./service-figures.ts";
import { gatherStats } from "./stats.ts";

export function createFigureService(
  parts: NodeParts,
  { writable, poster }: { readonly writable: () => void; readonly poster: Poster },
): FigureService {
  const { queries, swarm, typing } = parts;
  return {
    search(query) {
      const missing = queries
        .searched(query.space)
        .map(({ space, name, historySinceMs, scopes }) => ({
          space,
          name,
          historySinceMs,
          receiving: swarm.receiving(scopes),
        }))
        .filter(({ historySinceMs, receiving }) => historySinceMs !== null || receiving !== null);
      return { ...queries.search(query), missing };
    },
    async broadcast(message) {
      writable();
      return broadcast(parts, poster, message);
    },
    sendTyping(space, channel) {
      writable();
      typing.send(space, channel);
    },
    stats: () => gatherStats(parts),
  };
}
