/** SDK of a Kith node for browsers and Node. */
export { createKithClient } from "./client.ts";
export type {
  CallSignal,
  ClientEvents,
  ClientOptions,
  JoinAnswer,
  KeepOptions,
  KithClient,
  List,
  SendOptions,
  StreamOptions,
} from "./client.ts";
export { KithApiError } from "./error.ts";
export type { StreamState } from "./follow.ts";
