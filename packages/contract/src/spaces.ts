/** Spaces, their channels and members, invitations, and joining by one. */
import { z } from "zod";
import {
  CHANNEL_PEOPLE_MAX,
  GROUP_PEOPLE_MAX,
  INVITE_EXPIRES_DEFAULT,
  INVITE_EXPIRES_MS_MAX,
  INVITE_EXPIRES_MS_MIN,
  INVITE_USES_MAX,
  JOIN_WAIT_MS_DEFAULT,
  JOIN_WAIT_MS_MAX,
  LIFETIME_S_MAX,
  LIFETIME_S_MIN,
  SEEN_CHARS_MAX,
} from "./limits.ts";
import { avatarId, statusLine } from "./device.ts";
import { link, listOf, placeName, reference, time } from "./text.ts";

export const role = z.enum(["owner", "admin", "member", "reader"]);
export const spaceKind = z.enum(["community", "group", "direct"]);
export const directWith = z
  .object({
    person: z.string(),
    name: z.string(),
    avatar: avatarId,
    asked: z.boolean().meta({ description: "A request waits for the other person." }),
    accepted: z.boolean().meta({ description: "The other person has come in." }),
    blocked: z.boolean(),
  })
  .meta({ id: "DirectWith" });
export const spaceState = z.enum(["ready", "joining", "removed"]).meta({
  description: "removed: somebody has ended the membership; what is here stays readable.",
});

export const history = z.enum(["all", "from-joining"]).meta({
  description:
    "What those who come later see: all that was ever written, or what is written after they came.",
});

export const channel = z
  .object({
    id: z.string(),
    name: z.string(),
    private: z
      .boolean()
      .meta({ description: "Its messages and its name are for its members alone; nobody else knows of it." }),
    history,
    expiry: z.number().nullable().meta({
      description: "Seconds after which what is posted in it now disappears everywhere; null: it stays.",
    }),
  })
  .meta({ id: "Channel" });

export const waiting = z
  .object({
    channel: z
      .string()
      .nullable()
      .meta({ description: "The private channel that they are in; null: they are of the space." }),
    person: z
      .string()
      .nullable()
      .meta({ description: "Who has the key; null: a member, it is not known which." }),
    name: z.string().nullable(),
    device: z.string().nullable(),
    deviceName: z.string().nullable(),
    events: z.number(),
    since: time,
  })
  .meta({ id: "Waiting" });

export const space = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: spaceKind,
    role: role.nullable(),
    members: z.number(),
    state: spaceState,
    historySince: time.nullable().meta({
      description: "Messages from before this time are not kept on this device; null: all are.",
    }),
    closed: z.number().meta({
      description:
        "Messages and acts of its open channels that are here and do not open: their keys were destroyed before this device had them.",
    }),
    history: history.meta({ description: "Of the open channels." }),
    channels: z.array(channel),
    direct: directWith.nullable().meta({ description: "Of a direct conversation, the other person." }),
    asked: z
      .array(z.object({ person: z.string(), name: z.string() }))
      .meta({ description: "Whom this device asked in by a request, and who has not come yet." }),
    waiting: z.array(waiting).meta({
      description:
        "What is here and does not open yet, by whose device it is asked a key for. The longest wait first.",
    }),
    muted: z.boolean().meta({
      description: "Nothing in any of its channels is to be told of, those to come as well.",
    }),
  })
  .meta({ id: "Space" });

export const spaceList = listOf(space);
export const channelList = listOf(channel);
export const spaceParams = z.object({ space: reference });
export const createSpace = z.object({
  name: placeName,
  kind: z.enum(["community", "group"]).exactOptional(),
  people: z
    .array(reference)
    .max(GROUP_PEOPLE_MAX)
    .exactOptional()
    .meta({ description: "Who is asked into a group by a request: ids or unambiguous names." }),
  history: history.exactOptional().meta({ description: "Of the open channels, for good; default all." }),
});
export const changeSpace = z.object({ name: placeName });
export const createChannel = z.object({
  name: placeName,
  private: z.boolean().exactOptional(),
  people: z
    .array(reference)
    .max(CHANNEL_PEOPLE_MAX)
    .exactOptional()
    .meta({ description: "Who is in a private channel besides oneself: ids or unambiguous names." }),
  history: history.exactOptional().meta({ description: "Of a private channel, for good; default all." }),
});
export const changeChannel = z.object({
  expiry: z.int().min(LIFETIME_S_MIN).max(LIFETIME_S_MAX).nullable().meta({
    description: "Seconds after which what is posted from now on disappears everywhere; null: it stays.",
  }),
});
export const channelParams = z.object({ space: reference, channel: reference });
export const channelMemberParams = z.object({ space: reference, channel: reference, person: reference });
export const addChannelMember = z.object({ person: reference });

export const memberRights = z
  .object({
    remove: z
      .boolean()
      .meta({ description: "End the membership, or the part in the channel; of oneself: leave." }),
    roles: z.array(role).meta({ description: "Ranks that may be given instead of the one there is." }),
  })
  .meta({
    id: "MemberRights",
    description: "What this node's person may do about the member. It decides nothing: the call does.",
  });

export const verificationState = z.enum(["self", "unverified", "verified", "changed"]).meta({
  description:
    "Whether this node's person has compared safety numbers with them. changed: something happened since that only they can explain.",
});

export const overturned = z
  .object({
    kind: z.enum(["removal", "demotion"]),
    role: role.nullable().meta({ description: "Of a demotion: the rank that was meant." }),
    by: z.string().nullable(),
    byName: z.string().nullable(),
    at: time,
  })
  .meta({ id: "Overturned" });

export const member = z
  .object({
    person: z.string(),
    name: z.string(),
    role,
    devices: z.array(z.string()),
    joined: time,
    self: z.boolean(),
    may: memberRights,
    status: statusLine,
    avatar: avatarId,
    verification: verificationState,
    overturned: overturned.nullable().meta({
      description:
        "Their removal or demotion was decided and then undone by a decision of higher rank, and this node's person may repeat it.",
    }),
    suspended: z.array(z.object({ device: z.string(), name: z.string().nullable(), at: time })).meta({
      description:
        "Devices of theirs that were ended: each signed two different events for one place of its chain.",
    }),
  })
  .meta({ id: "Member" });

export const memberList = listOf(member);
export const memberParams = z.object({ space: reference, person: reference });
export const personParams = z.object({ person: reference });
export const safetyNumber = z
  .object({
    person: z.string(),
    name: z.string(),
    digits: z
      .string()
      .meta({ description: "60 digits over the roots of both people, the same on every device of either." }),
    groups: z.array(z.string()).meta({ description: "The digits in twelve groups of five, to be read out." }),
    qr: z.string().meta({ description: "The digits as an SVG image." }),
  })
  .meta({ id: "SafetyNumber" });

export const verification = safetyNumber
  .extend({
    words: z.array(z.string()).meta({ description: "The same as 18 words." }),
    state: verificationState,
    verified: time.nullable().meta({ description: "When it was last compared, from this node." }),
    doubts: z
      .array(
        z.object({
          reason: z.enum(["another-root", "device-suspended", "restored"]).meta({
            description:
              "another-root: called as somebody who was verified, and another. device-suspended: a device of theirs signed two things for one place. restored: their recovery words have let in a further device.",
          }),
          other: z.string().nullable().meta({ description: "The person who was verified under that name." }),
          device: z.string().nullable(),
          at: time,
        }),
      )
      .meta({ description: "What only the person can explain; of a verified one, since then." }),
  })
  .meta({ id: "Verification" });

export const verifyPerson = z.object({
  seen: z.string().max(SEEN_CHARS_MAX, `is longer than ${SEEN_CHARS_MAX} characters`).exactOptional().meta({
    description:
      "What the other's device shows: digits, words, or what its QR code says. Left out: compared by eye.",
  }),
});

export const changeMember = z.object({ role });

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of "30m", "24h", "7d"; null when it is not such a text or outside a minute to a year. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms >= INVITE_EXPIRES_MS_MIN && ms <= INVITE_EXPIRES_MS_MAX ? ms : null;
}

const inviteMode = z.enum(["gated", "open"]).meta({
  description:
    "gated: a member's device lets each one in. open: the link will be a right to read once a hub keeps its welcome; until then a member's device has to be met as well. Any removal revokes it, and its revocation changes the keys.",
});

export const createInvite = z.object({
  role: z.enum(["member", "reader"]).default("member"),
  expires: z
    .string()
    .refine((text) => parseDuration(text) !== null, {
      error: "is not a time from a minute to a year such as 30m, 24h or 7d, nor null for no expiry",
    })
    .nullable()
    .default(INVITE_EXPIRES_DEFAULT),
  uses: z.number().int().min(1).max(INVITE_USES_MAX).default(1),
  mode: inviteMode.default("gated"),
});

export const invite = z
  .object({
    id: z.string(),
    space: z.string(),
    role: z.enum(["member", "reader"]),
    mode: inviteMode,
    expires: time.nullable(),
    uses: z.number(),
    used: z.number(),
    revoked: z.boolean(),
    link: z.string().nullable().meta({ description: "Only on the device that made it." }),
  })
  .meta({ id: "Invite" });

export const inviteCreated = invite
  .extend({ link: z.string(), qr: z.string().meta({ description: "The link as an SVG image." }) })
  .meta({ id: "InviteCreated" });

export const inviteList = listOf(invite);
export const inviteParams = z.object({ space: reference, id: reference });

export const joinRequest = z
  .object({
    id: z.string(),
    space: z.string(),
    person: z.string(),
    name: z.string(),
    device: z.string(),
    invite: z.string(),
    detail: z.string().meta({ description: "Why it waits, in plain words." }),
  })
  .meta({ id: "JoinRequest" });

export const joinRequestList = listOf(joinRequest);
export const joinRequestParams = z.object({ id: reference });
export const admitWaiting = z.object({ space: reference, person: reference });

export const join = z.object({
  link,
  waitMs: z.number().int().min(0).max(JOIN_WAIT_MS_MAX).default(JOIN_WAIT_MS_DEFAULT),
});

export const joinProgress = z
  .object({
    space: z.string(),
    invite: z.string(),
    step: z.enum([
      "looking-for-inviter",
      "connecting",
      "asking",
      "receiving-members",
      "receiving-messages",
      "done",
      "failed",
    ]),
    detail: z.string().meta({ description: "Plain words: what it waits for, or why it failed." }),
  })
  .meta({ id: "JoinProgress" });

export const joinList = listOf(joinProgress);
export const joinParams = z.object({ invite: reference });

export type Role = z.infer<typeof role>;
export type SpaceKind = z.infer<typeof spaceKind>;
export type Channel = z.infer<typeof channel>;
export type Space = z.infer<typeof space>;
export type Waiting = z.infer<typeof waiting>;
export type CreateSpace = z.input<typeof createSpace>;
export type SpaceState = z.infer<typeof spaceState>;
export type ChangeChannel = z.input<typeof changeChannel>;
export type ChangeSpace = z.input<typeof changeSpace>;
export type ChangeMember = z.input<typeof changeMember>;
export type CreateChannel = z.input<typeof createChannel>;
export type Member = z.infer<typeof member>;
export type MemberRights = z.infer<typeof memberRights>;
export type Verification = z.infer<typeof verification>;
export type VerificationState = z.infer<typeof verificationState>;
export type VerifyPerson = z.input<typeof verifyPerson>;
export type SafetyNumber = z.infer<typeof safetyNumber>;
export type CreateInvite = z.input<typeof createInvite>;
export type Invite = z.infer<typeof invite>;
export type InviteCreated = z.infer<typeof inviteCreated>;
export type JoinRequest = z.infer<typeof joinRequest>;
export type AdmitWaiting = z.input<typeof admitWaiting>;
export type Join = z.input<typeof join>;
export type JoinProgress = z.infer<typeof joinProgress>;
