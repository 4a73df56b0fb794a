/** What the hooks show where there is nothing to show: no conversation or space is open. */
import type { Readable } from "./cell.ts";
import type {
  ChannelMembersView,
  DraftView,
  InvitesView,
  MembersView,
  ReportsView,
  MessageWindow,
} from "./types.ts";

const fixed = <T>(value: T): Readable<T> => ({ get: () => value, subscribe: () => () => undefined });
const doNothing = (): void => undefined;
const doNothingAsync = (): Promise<void> => Promise.resolve();
const refuse = (): Promise<never> =>
  Promise.reject(new Error("NO_SPACE: something was changed while no space was open"));

export const noMessages: Readable<MessageWindow> = fixed({
  rows: [],
  isLoading: false,
  error: null,
  refused: null,
  refusedChange: null,
  hasOlder: false,
  awaitsOlder: false,
  hasNewer: false,
  isAtLatest: true,
  newSince: null,
  place: null,
  loadOlder: doNothingAsync,
  loadNewer: doNothingAsync,
  showLatest: doNothingAsync,
  send: () => null,
  retry: doNothing,
  discard: doNothing,
  react: doNothing,
  unreact: doNothing,
  edit: doNothing,
  undoEdit: doNothing,
  remove: doNothing,
  undoRemove: doNothing,
  markRead: doNothing,
  savePlace: doNothing,
  setAtEnd: doNothing,
});

export const noDraft: Readable<DraftView> = fixed({
  text: "",
  replyTo: null,
  isSaved: true,
  setText: doNothing,
  setReplyTo: doNothing,
  flush: doNothing,
});

export const noMembers: Readable<MembersView> = fixed({
  members: [],
  isLoading: false,
  error: null,
  remove: refuse,
  changeRole: refuse,
  letOverturnedBe: refuse,
});

export const noChannelMembers: Readable<ChannelMembersView> = fixed({
  members: [],
  isLoading: false,
  error: null,
  add: refuse,
  remove: refuse,
});

export const noReports: Readable<ReportsView> = fixed({
  reports: [],
  isLoading: false,
  error: null,
  handle: refuse,
  deleteMessage: refuse,
});

export const noInvites: Readable<InvitesView> = fixed({
  invites: [],
  isLoading: false,
  error: null,
  create: refuse,
  revoke: refuse,
});
