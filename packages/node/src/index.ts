export { ServiceError } from "./service.ts";
export type {
  ChannelInfo,
  Delivery,
  DevicesStatus,
  DoctorCheck,
  InviteInfo,
  InviteOptions,
  JoinProgress,
  JoinStep,
  KithService,
  LogEntry,
  MemberInfo,
  Message,
  NetworkHealth,
  NodeStatus,
  PeerInfo,
  PostMessage,
  Reaction,
  Role,
  ServiceErrorCode,
  SpaceInfo,
  SpaceKind,
  VerifyProblem,
  VerifyReport,
  Visibility,
} from "./service.ts";
export { createNode } from "./node.ts";
export type { KithNode } from "./node.ts";
export type { HostFacts, NodeOptions } from "./deps.ts";
export { readIdentity } from "./identity-store.ts";
export { verifyStore } from "./verify.ts";
export type { VerifyOptions } from "./verify.ts";
