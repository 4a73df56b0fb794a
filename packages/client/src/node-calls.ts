/** This node itself: calls of the client. */
import type {
  ChangeMe,
  ChangeSettings,
  CreateToken,
  DeviceStatus,
  DoctorReport,
  Health,
  Me,
  Peer,
  ResetAnswer,
  Settings,
  SignInLink,
  Stats,
  Status,
  Token,
  TokenCreated,
  VerifyReport,
} from "@kith/contract";
import type { CallSignal, List } from "./calls.ts";
import type { Http } from "./http.ts";

export interface NodeCalls {
  health(options?: CallSignal): Promise<Health>;
  status(options?: CallSignal): Promise<Status>;
  /** The same as `status`. */
  getNodeStatus(options?: CallSignal): Promise<Status>;
  stats(options?: CallSignal): Promise<Stats>;
  me(options?: CallSignal): Promise<Me>;
  changeMe(change: ChangeMe, options?: CallSignal): Promise<Me>;
  setOnline(online: boolean, options?: CallSignal): Promise<DeviceStatus>;
  peers(options?: CallSignal): Promise<List<Peer>>;
  connectPeer(address: string, options?: CallSignal): Promise<{ address: string }>;
  disconnectPeer(id: string, options?: CallSignal): Promise<{ id: string }>;
  verify(options?: CallSignal): Promise<VerifyReport>;
  doctor(options?: CallSignal): Promise<DoctorReport>;
  /** Answered before it is done: the node goes away, and comes back on the same port as another. */
  reset(options?: CallSignal): Promise<ResetAnswer>;
  signInLink(options?: CallSignal): Promise<SignInLink>;
  /** Those made for programs; the owner's own is not among them. */
  tokens(options?: CallSignal): Promise<List<Token>>;
  /** The token itself is in the answer and nowhere else. */
  createToken(token: CreateToken, options?: CallSignal): Promise<TokenCreated>;
  revokeToken(id: string, options?: CallSignal): Promise<void>;
  settings(options?: CallSignal): Promise<Settings>;
  changeSettings(change: ChangeSettings, options?: CallSignal): Promise<Settings>;
}

export function createNodeCalls(call: Http["call"]): NodeCalls {
  const part = encodeURIComponent;
  return {
    health: (options) => call("GET", "/health", options),
    status: (options) => call("GET", "/api/status", options),
    getNodeStatus: (options) => call("GET", "/api/status", options),
    stats: (options) => call("GET", "/api/stats", options),
    me: (options) => call("GET", "/api/me", options),
    changeMe: (change, options) => call("PATCH", "/api/me", { body: change, ...options }),
    setOnline: (online, options) => call("POST", "/api/device-status", { body: { online }, ...options }),
    peers: (options) => call("GET", "/api/peers", options),
    connectPeer: (address, options) => call("POST", "/api/peers/connect", { body: { address }, ...options }),
    disconnectPeer: (id, options) => call("POST", `/api/peers/${part(id)}/disconnect`, options),
    verify: (options) => call("GET", "/api/verify", options),
    doctor: (options) => call("GET", "/api/doctor", options),
    reset: (options) => call("POST", "/api/reset", options),
    signInLink: (options) => call("POST", "/api/sign-in-links", options),
    tokens: (options) => call("GET", "/api/tokens", options),
    createToken: (token, options) => call("POST", "/api/tokens", { body: token, ...options }),
    revokeToken: (id, options) => call("DELETE", `/api/tokens/${part(id)}`, options),
    settings: (options) => call("GET", "/api/settings", options),
    changeSettings: (change, options) => call("PATCH", "/api/settings", { body: change, ...options }),
  };
}
