/** This node: its state, its name, its peers, its checks. */
import { z } from "zod";
import { ADDRESS_CHARS_MAX, AVATAR_BYTES_MAX, NAME_UNITS_MAX } from "./limits.ts";
import { listOf, personName, reference, time } from "./text.ts";

export const health = z.object({
  status: z.literal("ok"),
  locked: z
    .literal(true)
    .exactOptional()
    .meta({ description: "The node waits for its passphrase, and answers nothing else until then." }),
});

export const visibility = z.enum(["hidden", "members", "nearby"]);

export const status = z
  .object({
    nodeId: z.string(),
    person: z.string(),
    name: z.string(),
    version: z.string(),
    uptimeS: z.number(),
    online: z.boolean(),
    visibility,
    connectedPeers: z.number(),
    networkHealth: z.enum(["excellent", "good", "poor", "offline"]),
    messagesSynced: z.number(),
    storageUsed: z.number().meta({ description: "Bytes." }),
    transports: z.array(z.object({ kind: z.string(), port: z.number().nullable(), up: z.boolean() })),
    spaces: z.number(),
    historyDays: z.number().nullable().meta({
      description: "Of spaces joined from now on, messages of so many days before are kept; null: all.",
    }),
    receiving: z.object({ have: z.number(), of: z.number() }).nullable().meta({
      description: "Events here of those that are to be, while a history is being received; else null.",
    }),
    waitingForKeys: z.number().meta({ description: "Events kept that do not open yet." }),
    storageState: z.enum(["ok", "full", "failing"]).meta({
      description: "Unless ok, what other devices send is not taken until a write succeeds again.",
    }),
  })
  .meta({ id: "Status" });

export const statusLine = z.string().nullable().meta({ description: "What they say about themselves." });
export const avatarId = z.string().nullable().meta({
  description: "Names the picture at /api/people/:person/avatar: another picture has another. null: none.",
});

export const me = z
  .object({
    nodeId: z.string(),
    person: z.string(),
    name: z.string(),
    status: statusLine,
    avatar: avatarId,
    visibility,
  })
  .meta({ id: "Me" });

export const changeMe = z
  .object({
    name: personName.exactOptional(),
    status: z.string().max(NAME_UNITS_MAX).nullable().exactOptional(),
    avatar: z
      .base64()
      .max(Math.ceil(AVATAR_BYTES_MAX / 3) * 4)
      .nullable()
      .exactOptional()
      .meta({ description: "A PNG, JPEG or WebP image of at most 16 KiB, in base64; null: none." }),
    visibility: visibility.exactOptional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "holds no name, status, avatar or visibility; give one of them at least",
  });

export const deviceStatus = z.object({ online: z.boolean() });

export const peer = z
  .object({
    id: z.string(),
    name: z.string(),
    person: z.string(),
    connected: z.boolean(),
    path: z.enum(["lan", "direct", "relay", "tor", "hub"]),
    multiaddr: z.string(),
    rttMs: z.number().nullable(),
    lastSeen: time,
    reputation: z.number().meta({ description: "0 to 100." }),
    inSync: z.boolean(),
    shared: z.boolean().meta({ description: "Shares at least one space with this node." }),
  })
  .meta({ id: "Peer" });

export const peerList = listOf(peer);

/** Host and port of `host:port`, `[v6]:port` or `/ip4|ip6|dns/HOST/tcp/PORT`; null when it is neither. */
export function parseAddress(text: string): { host: string; port: number } | null {
  const match =
    /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/\s]+)\/tcp\/(\d{1,5})$/.exec(text) ??
    /^\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]:(\d{1,5})$/.exec(text) ??
    /^([^/\s:@[\]]+):(\d{1,5})$/.exec(text);
  const host = match?.[1];
  const port = Number(match?.[2]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}

export const connectPeer = z.object({
  address: z
    .string()
    .max(ADDRESS_CHARS_MAX, `is longer than ${ADDRESS_CHARS_MAX} characters`)
    .refine((text) => parseAddress(text) !== null, { error: "is not HOST:PORT or /ip4/HOST/tcp/PORT" })
    .meta({ examples: ["10.77.0.2:5484", "/ip4/10.77.0.2/tcp/5484"] }),
});

export const peerConnected = z.object({ address: z.string() });
export const peerParams = z.object({ id: reference });
export const peerDisconnected = z.object({ id: z.string() });

export const verifyReport = z
  .object({
    ok: z.boolean(),
    events: z.number(),
    messages: z.number(),
    problems: z.array(z.object({ subject: z.string(), code: z.string(), detail: z.string() })),
    roots: z
      .array(z.object({ space: z.string(), scope: z.string(), root: z.string(), events: z.number() }))
      .meta({ description: "One root per scope: two devices that hold the same events show the same." }),
  })
  .meta({ id: "VerifyReport" });

export const doctorCheck = z
  .object({
    name: z.string(),
    status: z.enum(["ok", "warn", "bad"]),
    detail: z.string(),
    next: z.string().nullable(),
  })
  .meta({ id: "DoctorCheck" });

export const doctorReport = listOf(doctorCheck).extend({ ok: z.boolean() });

export const resetAnswer = z.object({
  resetting: z.literal(true),
  signIn: z.string().nullable().meta({
    description:
      "For who called by the page's cookie: a path of the node that begins, which signs this browser in once. Null for a token.",
  }),
});

export const signInLink = z.object({ url: z.string(), expires: time }).meta({ id: "SignInLink" });

export type Health = z.infer<typeof health>;
export type Visibility = z.infer<typeof visibility>;
export type Status = z.infer<typeof status>;
export type Me = z.infer<typeof me>;
export type ChangeMe = z.input<typeof changeMe>;
export type DeviceStatus = z.infer<typeof deviceStatus>;
export type Peer = z.infer<typeof peer>;
export type VerifyReport = z.infer<typeof verifyReport>;
export type DoctorReport = z.infer<typeof doctorReport>;
export type ResetAnswer = z.infer<typeof resetAnswer>;
export type SignInLink = z.infer<typeof signInLink>;
