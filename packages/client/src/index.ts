/** SDK of a Kith node for browsers and Node. */
export { createKithClient } from "./client.ts";
export type {
  BroadcastOptions,
  CallSignal,
  ClientOptions,
  JoinAnswer,
  KeepOptions,
  KithClient,
  List,
  SendOptions,
  StreamOptions,
} from "./client.ts";
export { KithApiError } from "./error.ts";
export type { ClientEvents, PeerChange } from "./events.ts";
export type { StreamState } from "./follow.ts";
export type { ConnectionInfo, ConnectOptions } from "./live.ts";
export type { Outbox, OutboxStorage, Outgoing, OutgoingState } from "./outbox.ts";
export type { Role } from "./share.ts";
export type { WayName } from "./ways/way.ts";
