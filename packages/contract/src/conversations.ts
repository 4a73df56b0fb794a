/** What this node keeps about each conversation for the person who sits at it, and its settings. Nobody else sees any of it. */
import { z } from "zod";
import { PLACE_OFFSET_MAX, UNREAD_MAX } from "./limits.ts";
import { clientIdText, message } from "./messages.ts";
import { directWith, role, spaceKind, spaceState } from "./spaces.ts";
import { draftText, listOf, reference, time } from "./text.ts";

export const draft = z
  .object({
    text: z.string(),
    replyTo: z.string().nullable(),
    clientId: z
      .string()
      .nullable()
      .meta({ description: "The message posted with this clientId takes the draft with it." }),
    at: time,
  })
  .meta({ id: "Draft" });

export const saveDraft = z.object({
  text: draftText,
  replyTo: reference.nullable().exactOptional(),
  clientId: clientIdText.nullable().exactOptional(),
});

export const draftSaved = z.object({ draft: draft.nullable() });

export const place = z
  .object({
    message: reference,
    offset: z
      .number()
      .int("is not a whole number")
      .min(-PLACE_OFFSET_MAX, `is below -${PLACE_OFFSET_MAX}`)
      .max(PLACE_OFFSET_MAX, `is above ${PLACE_OFFSET_MAX}`)
      .meta({ description: "Pixels from the top of the view to the top of the message." }),
  })
  .meta({ id: "Place" });

export const conversation = z
  .object({
    space: z.string(),
    spaceName: z.string(),
    spaceKind,
    role: role.nullable(),
    state: spaceState,
    channel: z.string(),
    name: z.string(),
    private: z.boolean(),
    members: z.number(),
    last: message.nullable(),
    unread: z.number().meta({
      description: `Messages of others after the read mark, counted to ${UNREAD_MAX}.`,
    }),
    mentions: z.number().meta({ description: "Of them, those that hold @ and the own name." }),
    readUpTo: z.string().nullable(),
    draft: draft.nullable(),
    place: place.nullable(),
    muted: z.boolean().meta({ description: "Nothing in it is to be told of: it is muted, or its space is." }),
    mayShowDeleted: z.boolean().meta({
      description:
        "This device was restored from a backup and has met nobody yet who knows what was deleted here since: that may show.",
    }),
    direct: directWith.nullable().meta({ description: "Of a direct conversation, the other person." }),
  })
  .meta({ id: "Conversation" });

export const conversationList = listOf(conversation);
export const conversationParams = z.object({
  channel: reference.meta({ description: "Id of the channel." }),
});
export const muteConversation = z.object({ muted: z.boolean() });
export const markRead = z.object({ message: reference });

export const theme = z.enum(["system", "light", "dark"]);
export const settings = z.object({ theme }).meta({ id: "Settings" });
export const changeSettings = z
  .object({ theme: theme.exactOptional() })
  .refine((change) => change.theme !== undefined, { error: "holds no theme; give one" });

export type MuteConversation = z.input<typeof muteConversation>;
export type Draft = z.infer<typeof draft>;
export type SaveDraft = z.input<typeof saveDraft>;
export type DraftSaved = z.infer<typeof draftSaved>;
export type Place = z.infer<typeof place>;
export type Conversation = z.infer<typeof conversation>;
export type Theme = z.infer<typeof theme>;
export type Settings = z.infer<typeof settings>;
export type ChangeSettings = z.input<typeof changeSettings>;
