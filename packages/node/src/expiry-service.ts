/** How long what is posted in a channel is kept, as this device's person sets it. spec/space SP130, SP131. */
import { LIFETIME_S_MAX, LIFETIME_S_MIN } from "@kith/core";
import type { NodeParts } from "./node.ts";
import { ServiceError } from "./service.ts";
import type { ExpiryService } from "./service-spaces.ts";

export function createExpiryService({ author, queries }: NodeParts, writable: () => void): ExpiryService {
  return {
    async setExpiry(space, name, seconds) {
      writable();
      const replica = queries.replica(space);
      const channel = queries.channel(replica, name);
      if (seconds !== null && !isLifetime(seconds))
        throw new ServiceError(
          "BAD_INPUT",
          `Messages can disappear after ${LIFETIME_S_MIN} seconds to ${LIFETIME_S_MAX / 86_400} days.`,
          "Choose a time between, or keep them.",
        );
      if (queries.expiryOf(replica, channel) !== seconds) {
        // Of a private channel nobody else shall hear.
        const scope = channel.roster ? channel.scope : replica.control;
        const { epoch } = await author.ensureKeys(scope);
        const body = { type: "channel.expiry", channel: channel.id, seconds } as const;
        await author.write([{ scope, epoch, body }]);
      }
      return queries.channelInfo(replica, channel.id);
    },
  };
}

function isLifetime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= LIFETIME_S_MIN && seconds <= LIFETIME_S_MAX;
}
