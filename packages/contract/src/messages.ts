/** Messages and reactions. */
import { z } from "zod";
import { errorBody } from "./errors.ts";
import {
  BATCH_MESSAGES_MAX,
  CLIENT_ID_CHARS_MAX,
  PAGE_ITEMS_DEFAULT,
  PAGE_ITEMS_MAX,
  SEARCH_CHARS_MAX,
} from "./limits.ts";
import { emoji, listOf, messageText, reference, time } from "./text.ts";

export const reaction = z.object({ emoji: z.string(), people: z.array(z.string()) }).meta({ id: "Reaction" });

export const delivery = z
  .object({
    devices: z.number().meta({ description: "Other devices that have said they keep it." }),
    of: z.number().meta({ description: "Other devices it is meant for." }),
    readBy: z.number(),
  })
  .meta({ id: "Delivery" });

export const deviceDelivery = z
  .object({
    person: z.string(),
    name: z.string(),
    device: z.string(),
    deviceName: z.string().nullable().meta({ description: "What its person calls it." }),
    self: z.boolean().meta({ description: "It is the device of this node." }),
    state: z.enum(["kept", "older", "refused", "parted", "key", "waits"]).meta({
      description:
        "kept: it has said that it keeps it. older: it keeps nothing from so long ago. refused: this node hangs up on it. parted: it says that it shares no space with this node. key: nobody is known to have handed it the key. waits: it was not met since, or has not said so yet.",
    }),
    connected: z.boolean(),
    lastSeen: time.nullable().meta({
      description: "When this node last heard it over a link; null: never, as far as it knows.",
    }),
  })
  .meta({ id: "DeviceDelivery" });
export const deliveryList = listOf(deviceDelivery);

export const message = z
  .object({
    id: z.string(),
    space: z.string(),
    channel: z.string(),
    author: z.string(),
    authorName: z.string(),
    device: z.string(),
    text: z.string(),
    at: time,
    editedAt: time.exactOptional(),
    deleted: z.literal(true).exactOptional().meta({
      description: "By its author or an admin: the text is empty and is kept nowhere.",
    }),
    pinned: z.literal(true).exactOptional().meta({ description: "Held up in its channel." }),
    expires: time.nullable().meta({
      description: "When it disappears from every device, for good; null: it stays.",
    }),
    replyTo: z.string().exactOptional(),
    replyToExpired: z.literal(true).exactOptional().meta({
      description: "What it answers was for a time, and that is over: no device has it.",
    }),
    clientId: z.string().exactOptional().meta({ description: "Only on the device that wrote it." }),
    reactions: z.array(reaction),
    files: z.array(z.unknown()).meta({ description: "Empty in this version." }),
    delivery,
    early: z.literal(true).exactOptional().meta({
      description:
        "Shown before its history is here: search does not find it, it takes no reaction, and it may be withdrawn.",
    }),
    blocked: z
      .literal(true)
      .exactOptional()
      .meta({ description: "Its author is blocked on this node: fold it, and tell of it by nothing." }),
  })
  .meta({ id: "Message" });

export const messageList = listOf(message);
export const searchGap = z
  .object({
    space: z.string(),
    name: z.string(),
    historySince: time.nullable().meta({
      description: "Messages from before this time are not kept on this device; null: all are.",
    }),
    receiving: z.object({ have: z.number(), of: z.number() }).nullable().meta({
      description: "Events here of those that are to be, while a history is being received; else null.",
    }),
  })
  .meta({ id: "SearchGap" });
export const searchAnswer = messageList.extend({
  missing: z
    .array(searchGap)
    .meta({ description: "Spaces of which not all is on this device: what is not here was not searched." }),
});

export const clientIdText = z
  .string()
  .min(1, "is empty")
  .max(CLIENT_ID_CHARS_MAX, `is longer than ${CLIENT_ID_CHARS_MAX} characters`)
  .refine((text) => text.isWellFormed(), { error: "holds half a character (a lone surrogate)" });

export const postMessage = z
  .object({
    space: reference.meta({ description: "Id, or a name that is unambiguous." }),
    channel: reference.meta({ description: "Id, or a name that is unambiguous in the space." }),
    text: messageText,
    replyTo: reference.nullable().exactOptional(),
    clientId: clientIdText
      .nullable()
      .exactOptional()
      .meta({ description: "The same twice is one message: pass it when a send may be repeated." }),
    // Refused rather than ignored: a message without its file is not what was asked for.
    files: z.array(z.unknown()).max(0, "cannot be attached in this version").exactOptional(),
  })
  .meta({ id: "PostMessage" });

// Each item is checked alone, so that one wrong message is answered with its own error and the rest are kept.
export const postBatch = z.object({
  messages: z
    .array(z.unknown().meta({ $ref: "#/components/schemas/PostMessageInput" }))
    .min(1, "is empty")
    .max(BATCH_MESSAGES_MAX, `holds more than ${BATCH_MESSAGES_MAX} messages`),
});

export const batchAnswer = listOf(z.union([message, errorBody])).meta({
  description: "In the order sent: the message as 201 would answer it, or its error.",
});

export const messageParams = z.object({ id: reference });

export const messageQuery = z.object({
  space: reference.exactOptional(),
  channel: reference.exactOptional(),
  before: reference.exactOptional().meta({ description: "Message id, not included." }),
  after: reference.exactOptional().meta({ description: "Message id, not included." }),
  limit: z.coerce
    .number({ error: "is not a number" })
    .int({ error: "is not a whole number" })
    .min(1, { error: "is below 1" })
    .max(PAGE_ITEMS_MAX, { error: `is above ${PAGE_ITEMS_MAX}` })
    .default(PAGE_ITEMS_DEFAULT),
});

export const searchQuery = z.object({
  q: z
    .string({ error: "is missing" })
    .max(SEARCH_CHARS_MAX, `is longer than ${SEARCH_CHARS_MAX} characters`)
    .meta({ description: "Words that all are to be there; none finds nothing." }),
  space: reference.exactOptional(),
  before: reference
    .exactOptional()
    .meta({ description: "Id of a message: only what is older. A page's `next`." }),
  limit: messageQuery.shape.limit,
});

export const broadcast = z
  .object({
    board: reference.meta({ description: "Name or id of a channel." }),
    content: messageText,
    userId: reference.nullable().exactOptional().meta({
      description: "Must be the person or the device of this node.",
    }),
    clientId: clientIdText.nullable().exactOptional(),
  })
  .meta({ id: "Broadcast" });

export const broadcastAnswer = z
  .object({
    success: z.literal(true),
    id: z.string(),
    broadcastTo: z.number().meta({ description: "Connected devices that it goes to at once." }),
  })
  .meta({ id: "BroadcastAnswer" });

export const sendTyping = z.object({ space: reference, channel: reference });
export const editMessage = z.object({ text: messageText });
export const messageVersion = z.object({ text: z.string(), at: time }).meta({ id: "MessageVersion" });
export const pin = z.object({ message, by: z.string(), byName: z.string(), at: time }).meta({ id: "Pin" });
export const pinList = listOf(pin);
export const messageVersions = listOf(messageVersion);

export const addReaction = z.object({ emoji });
export const reactionAdded = z.object({ message: z.string(), emoji: z.string() });
export const reactionParams = z.object({ id: reference, emoji });

export type Broadcast = z.input<typeof broadcast>;
export type BroadcastAnswer = z.infer<typeof broadcastAnswer>;
export type SearchQuery = Omit<z.output<typeof searchQuery>, "limit"> & { readonly limit?: number };
export type SendTyping = z.infer<typeof sendTyping>;
export type Pin = z.infer<typeof pin>;
export type MessageVersion = z.infer<typeof messageVersion>;
export type Reaction = z.infer<typeof reaction>;
export type Delivery = z.infer<typeof delivery>;
export type DeviceDelivery = z.infer<typeof deviceDelivery>;
export type Message = z.infer<typeof message>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type SearchGap = z.infer<typeof searchGap>;
export type PostMessage = z.input<typeof postMessage>;
export type PostMessageInput = z.output<typeof postMessage>;
export type BatchItem = z.infer<typeof batchAnswer>["items"][number];
export type MessageQuery = Omit<z.output<typeof messageQuery>, "limit"> & { readonly limit?: number };
