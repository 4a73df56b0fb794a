export { ServiceError } from "./service.ts";
export type {
  ChannelInfo,
  ConversationInfo,
  Delivery,
  DeviceInfo,
  DeviceOfferInfo,
  DevicesStatus,
  DoctorCheck,
  DraftInfo,
  InviteInfo,
  InviteOptions,
  JoinProgress,
  JoinStep,
  KithService,
  LinkingProgress,
  LogEntry,
  MemberInfo,
  Message,
  NetworkHealth,
  NodeStatus,
  PeerInfo,
  PlaceInfo,
  PostMessage,
  Reaction,
  Role,
  SaveDraft,
  ServiceErrorCode,
  Settings,
  SpaceInfo,
  SpaceKind,
  Theme,
  VerifyProblem,
  VerifyReport,
  Visibility,
} from "./service.ts";
export { createNode } from "./node.ts";
export type { KithNode } from "./node.ts";
export type { HostFacts, NodeOptions, Ways } from "./deps.ts";
export { readIdentity } from "./identity-store.ts";
export { verifyStore } from "./verify.ts";
export type { VerifyOptions } from "./verify.ts";
