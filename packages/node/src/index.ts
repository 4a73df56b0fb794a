export { ServiceError } from "./service.ts";
export type {
  ChannelInfo,
  ExpiryService,
  ConversationInfo,
  Delivery,
  DeviceDelivery,
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
  MemberRights,
  OwnProfile,
  Message,
  MessageVersion,
  NetworkHealth,
  NodeStatus,
  PeerInfo,
  PlaceInfo,
  PostMessage,
  Reaction,
  Role,
  SafetyNumber,
  SaveDraft,
  ServiceErrorCode,
  Settings,
  SpaceInfo,
  SpaceKind,
  Theme,
  VerifyProblem,
  VerifyReport,
  Visibility,
  PinInfo,
  OverturnedInfo,
  ReportInfo,
  ReportService,
} from "./service.ts";
export type { WaitingInfo } from "./service-spaces.ts";
export type { DirectInfo, PersonInfo, TalkRequestInfo } from "./service-talks.ts";
export type {
  Broadcast,
  BroadcastAnswer,
  FigureService,
  SearchAnswer,
  SearchGap,
} from "./service-figures.ts";
export type { NodeStats, PeerStats } from "./stats.ts";
export type { Times } from "./latencies.ts";
export type { Flow } from "./traffic.ts";
export { createNode } from "./node.ts";
export type { KithNode } from "./node.ts";
export type { HostFacts, NodeOptions, Ways } from "./deps.ts";
export type { BackupReport, RecoveryInfo, RecoveryService, TypedSecrets } from "./service-recovery.ts";
export type { Doubt, VerificationInfo, VerificationState } from "./service-verification.ts";
export { restoreBackup } from "./recovery/restore.ts";
export type { RestoreOptions } from "./recovery/restore.ts";
export { readIdentity } from "./identity-store.ts";
export { verifyStore } from "./verify.ts";
export type { VerifyOptions } from "./verify.ts";
