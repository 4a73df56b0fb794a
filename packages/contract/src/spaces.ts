/** Spaces, their channels and members, invitations, and joining by one. */
import { z } from "zod";
import {
  INVITE_EXPIRES_DEFAULT,
  INVITE_EXPIRES_MS_MAX,
  INVITE_EXPIRES_MS_MIN,
  INVITE_USES_MAX,
  JOIN_WAIT_MS_DEFAULT,
  JOIN_WAIT_MS_MAX,
} from "./limits.ts";
import { link, listOf, placeName, reference, time } from "./text.ts";

export const role = z.enum(["owner", "admin", "member", "reader"]);
export const spaceKind = z.enum(["community", "group"]);
export const spaceState = z.enum(["ready", "joining", "removed"]).meta({
  description: "removed: somebody has ended the membership; what is here stays readable.",
});

export const channel = z.object({ id: z.string(), name: z.string() }).meta({ id: "Channel" });

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
    channels: z.array(channel),
  })
  .meta({ id: "Space" });

export const spaceList = listOf(space);
export const channelList = listOf(channel);
export const spaceParams = z.object({ space: reference });
export const createSpace = z.object({ name: placeName, kind: spaceKind.exactOptional() });
export const changeSpace = z.object({ name: placeName });
export const createChannel = z.object({ name: placeName });

export const member = z
  .object({
    person: z.string(),
    name: z.string(),
    role,
    devices: z.array(z.string()),
    joined: time,
    self: z.boolean(),
  })
  .meta({ id: "Member" });

export const memberList = listOf(member);
export const memberParams = z.object({ space: reference, person: reference });
export const changeMember = z.object({ role });

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of "30m", "24h", "7d"; null when it is not such a text or outside a minute to a year. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms >= INVITE_EXPIRES_MS_MIN && ms <= INVITE_EXPIRES_MS_MAX ? ms : null;
}

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
  mode: z
    .string()
    .refine((mode) => mode === "gated", {
      error: 'must be "gated": an open link needs a hub to hold its welcome, and this version has none',
    })
    .default("gated"),
});

export const invite = z
  .object({
    id: z.string(),
    space: z.string(),
    role: z.enum(["member", "reader"]),
    mode: z.literal("gated"),
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
    space: z.string(),
    person: z.string(),
    name: z.string(),
    device: z.string(),
    invite: z.string(),
    detail: z.string().meta({ description: "Why it waits, in plain words." }),
  })
  .meta({ id: "JoinRequest" });

export const joinRequestList = listOf(joinRequest);
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
export type CreateSpace = z.input<typeof createSpace>;
export type SpaceState = z.infer<typeof spaceState>;
export type ChangeSpace = z.input<typeof changeSpace>;
export type ChangeMember = z.input<typeof changeMember>;
export type CreateChannel = z.input<typeof createChannel>;
export type Member = z.infer<typeof member>;
export type CreateInvite = z.input<typeof createInvite>;
export type Invite = z.infer<typeof invite>;
export type InviteCreated = z.infer<typeof inviteCreated>;
export type JoinRequest = z.infer<typeof joinRequest>;
export type AdmitWaiting = z.input<typeof admitWaiting>;
export type Join = z.input<typeof join>;
export type JoinProgress = z.infer<typeof joinProgress>;
