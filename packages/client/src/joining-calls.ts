/** Coming into a space, and letting others in: calls of the client. */
import type {
  AcceptRequest,
  AdmitWaiting,
  JoinProgress,
  JoinRequest,
  TalkRequest,
  Space,
} from "@kith/contract";
import type { CallSignal, List } from "./calls.ts";
import type { CallOptions, Http } from "./http.ts";

export type JoinAnswer =
  | { readonly done: true; readonly space: Space }
  | { readonly done: false; readonly progress: JoinProgress };

export interface JoinOptions extends CallSignal {
  /** How long the node may take before it answers with how far it has come. */
  readonly waitMs?: number;
}

export interface JoiningCalls {
  join(link: string, options?: JoinOptions): Promise<JoinAnswer>;
  joins(options?: CallSignal): Promise<List<JoinProgress>>;
  /** By its invite's id. Nothing looks for it any more, after a restart neither. */
  giveUpJoin(invite: string, options?: CallSignal): Promise<void>;
  joinRequests(options?: CallSignal): Promise<List<JoinRequest>>;
  admitWaiting(request: AdmitWaiting, options?: CallSignal): Promise<void>;
  refuseWaiting(id: string, options?: CallSignal): Promise<void>;
  /** Who asks to talk. */
  requests(options?: CallSignal): Promise<List<TalkRequest>>;
  acceptRequest(id: string, accept?: AcceptRequest, options?: CallSignal): Promise<JoinAnswer>;
  /** Told to nobody; as blocking. */
  declineRequest(id: string, options?: CallSignal): Promise<void>;
}

export function createJoiningCalls({ call, request }: Pick<Http, "call" | "request">): JoiningCalls {
  const part = encodeURIComponent;

  async function joinBy(path: string, options: CallOptions): Promise<JoinAnswer> {
    const { status, body } = await request<Space | JoinProgress>("POST", path, options);
    return status === 201
      ? { done: true, space: body as Space }
      : { done: false, progress: body as JoinProgress };
  }

  return {
    join: (link, { waitMs, ...options } = {}) =>
      joinBy("/api/join", { body: { link, ...(waitMs === undefined ? null : { waitMs }) }, ...options }),
    joins: (options) => call("GET", "/api/joins", options),
    giveUpJoin: (invite, options) => call("DELETE", `/api/joins/${part(invite)}`, options),
    joinRequests: (options) => call("GET", "/api/join-requests", options),
    admitWaiting: (body, options) => call("POST", "/api/join-requests", { body, ...options }),
    refuseWaiting: (id, options) => call("POST", `/api/join-requests/${part(id)}/refuse`, options),
    requests: (options) => call("GET", "/api/requests", options),
    acceptRequest: (id, accept = {}, options) =>
      joinBy(`/api/requests/${part(id)}/accept`, { body: accept, ...options }),
    declineRequest: (id, options) => call("POST", `/api/requests/${part(id)}/decline`, options),
  };
}
