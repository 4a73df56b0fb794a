/** People, direct conversations, requests to talk, and blocking. */
import { z } from "zod";
import { GROUP_PEOPLE_MAX, JOIN_WAIT_MS_DEFAULT, JOIN_WAIT_MS_MAX } from "./limits.ts";
import { listOf, messageText, reference, time } from "./text.ts";

export const person = z
  .object({
    person: z.string(),
    name: z.string(),
    common: z.array(z.string()).meta({ description: "Names of the spaces that both are in." }),
    connected: z.boolean(),
    blocked: z.boolean(),
    direct: z.string().nullable().meta({ description: "The direct conversation with them." }),
  })
  .meta({ id: "Person" });
export const personList = listOf(person);

export const startDirect = z.object({
  person: reference.meta({ description: "An id, or an unambiguous name of `GET /api/people`." }),
  text: messageText.exactOptional(),
});
export const askInto = z.object({ people: z.array(reference).min(1).max(GROUP_PEOPLE_MAX) });

export const talkRequest = z
  .object({
    id: z.string(),
    kind: z.enum(["direct", "group"]),
    person: z.string(),
    name: z.string(),
    title: z.string().nullable().meta({ description: "Of a group its name." }),
    text: z.string().nullable().meta({ description: "The beginning of the first message." }),
    at: time,
    common: z.array(z.string()).meta({ description: "Names of the spaces that both are in." }),
  })
  .meta({ id: "TalkRequest" });
export const talkRequestList = listOf(talkRequest);
export const talkRequestParams = z.object({ id: reference });
export const acceptRequest = z.object({
  waitMs: z.number().int().min(0).max(JOIN_WAIT_MS_MAX).default(JOIN_WAIT_MS_DEFAULT),
});

export const block = z.object({ person: z.string(), name: z.string(), at: time }).meta({ id: "Block" });
export const blockList = listOf(block);
export const blockParams = z.object({ person: reference });

export type Person = z.infer<typeof person>;
export type StartDirect = z.input<typeof startDirect>;
export type AskInto = z.input<typeof askInto>;
export type TalkRequest = z.infer<typeof talkRequest>;
export type AcceptRequest = z.input<typeof acceptRequest>;
export type Block = z.infer<typeof block>;
