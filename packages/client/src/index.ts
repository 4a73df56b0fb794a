/** SDK of a Kith node for browsers and Node. */
export { createKithClient } from "./client.ts";
export type { CallSignal, KeepOptions, List, SendOptions } from "./calls.ts";
export type { ClientOptions, KithClient, StreamOptions } from "./client.ts";
export { KithApiError } from "./error.ts";
export type { ClientEvents, PeerChange } from "./events.ts";
export type { StreamState } from "./follow.ts";
export type { JoinAnswer, JoinOptions } from "./joining-calls.ts";
export type { ConnectionInfo, ConnectOptions } from "./live.ts";
export type { Outbox, OutboxStorage, Outgoing, OutgoingState } from "./outbox.ts";
export type { Role } from "./share.ts";
export type { BroadcastOptions } from "./talk-calls.ts";
export type { WayName } from "./ways/way.ts";
