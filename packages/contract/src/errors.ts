/**
 * The one shape of every error on the surface, and the one table of its codes and statuses.
 * Spec: http, HT6.
 */
import { z } from "zod";

/** Code to HTTP status. A code keeps its meaning for ever; a new meaning gets a new code. */
export const ERROR_STATUS = {
  // What was sent.
  BAD_INPUT: 400,
  BAD_JSON: 400,
  BAD_REQUEST: 400,
  INVITE_INVALID: 400,
  LINK_INVALID: 400,
  WORDS_INVALID: 400,
  BACKUP_INVALID: 400,
  // Who asks.
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  SIGN_IN_INVALID: 401,
  HOST_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  SCOPE_TOO_SMALL: 403,
  NOT_ALLOWED: 403,
  WRONG_PASSPHRASE: 403,
  // What was asked for.
  UNKNOWN_ROUTE: 404,
  UNKNOWN_SPACE: 404,
  UNKNOWN_CHANNEL: 404,
  UNKNOWN_MESSAGE: 404,
  MESSAGE_EXPIRED: 404,
  UNKNOWN_PERSON: 404,
  UNKNOWN_AVATAR: 404,
  UNKNOWN_INVITE: 404,
  UNKNOWN_PEER: 404,
  UNKNOWN_DEVICE: 404,
  UNKNOWN_LINK: 404,
  UNKNOWN_UPLOAD: 404,
  UNKNOWN_TOKEN: 404,
  UNKNOWN_REPORT: 404,
  CURSOR_UNKNOWN: 404,
  // What stands in the way now.
  AMBIGUOUS_NAME: 409,
  ALREADY_MEMBER: 409,
  NO_KEY: 409,
  DEVICE_RESTORED: 409,
  DEVICE_FORKED: 409,
  NOT_EMPTY: 409,
  PATH_TAKEN: 409,
  LINK_CODE_WRONG: 409,
  WORDS_WRONG: 409,
  WORDS_UNCHECKED: 409,
  ROOT_GONE: 409,
  BACKUP_SECRET: 409,
  NUMBER_DIFFERS: 409,
  LAST_OWNER: 409,
  MESSAGE_DELETED: 409,
  PINS_FULL: 409,
  NO_ADMIN: 409,
  INVITE_EXPIRED: 409,
  INVITE_USED_UP: 409,
  INVITE_REVOKED: 409,
  JOIN_FAILED: 409,
  JOIN_REFUSED: 409,
  NOT_LOCKED: 409,
  PASSPHRASE_NOT_SET: 409,
  // How much.
  BODY_TOO_LARGE: 413,
  TEXT_TOO_LONG: 413,
  MEDIA_TYPE: 415,
  LOCKED: 423,
  UPGRADE_NEEDED: 426,
  TOO_FAST: 429,
  TOO_MANY: 429,
  HEADERS_TOO_LARGE: 431,
  // What failed here or beyond.
  INTERNAL: 500,
  NOT_YET: 501,
  PEER_UNREACHABLE: 502,
  KEYCHAIN_UNAVAILABLE: 503,
  STORE_FAILED: 503,
  STOPPING: 503,
  DISK_FULL: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export const errorBody = z
  .object({
    error: z.object({
      code: z.string().meta({ description: "Stable; programs branch on it." }),
      message: z.string().meta({ description: "What happened, in plain words." }),
      next: z.string().meta({ description: "What can be done now." }),
    }),
  })
  .meta({ id: "Error" });

export type ErrorBody = z.infer<typeof errorBody>;
