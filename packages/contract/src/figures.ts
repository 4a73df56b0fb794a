/** What a node counts about its work with others. Figures begin with the process. */
import { z } from "zod";

const flow = z.object({ frames: z.number(), bytes: z.number(), events: z.number() });

const times = z.object({
  count: z.number(),
  medianMs: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
});

export const stats = z
  .object({
    events: z.number(),
    messages: z.number(),
    storageUsed: z.number().meta({ description: "Bytes." }),
    sent: flow.meta({ description: "To other devices, over all links." }),
    received: flow,
    duplicates: z.number().meta({ description: "Events that came although they were here." }),
    refused: z.number(),
    rounds: z.number().meta({ description: "Reconciliations that either side began." }),
    queues: z.object({
      ingest: z.number().meta({ description: "Events between the link and the disk." }),
      waitingForCauses: z.number(),
      waitingForKeys: z.number(),
      outgoingBytes: z.number().meta({ description: "Not yet taken by the network, of all links." }),
    }),
    latencies: z.object({
      commit: times.meta({ description: "From a write's planning to its being on disk; the last 1,024." }),
      roundTrip: times.meta({ description: "Of the links that are open." }),
    }),
    peers: z.array(
      z.object({
        id: z.string(),
        connectedS: z.number(),
        rttMs: z.number().nullable(),
        inSync: z.boolean(),
        reputation: z.number(),
        queuedBytes: z.number(),
        rounds: z.number(),
        sent: flow,
        received: flow,
      }),
    ),
  })
  .meta({ id: "Stats" });

export type Stats = z.infer<typeof stats>;
