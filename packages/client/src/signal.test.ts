/** Every call of the client ends with the reason of its signal, whatever it waits for. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createKithClient, KithApiError } from "./index.ts";
import type { CallSignal, KithClient } from "./index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** What is no call: streams, which have signals of their own or an end, and what is known without the node. */
const STREAMS = ["connect", "disconnect", "getConnectionInfo", "subscribe", "entries", "on"] as const;

type CallName = Exclude<
  {
    [Name in keyof KithClient]: KithClient[Name] extends (...args: never) => unknown ? Name : never;
  }[keyof KithClient],
  (typeof STREAMS)[number]
>;
/** All that a call takes but its last, which is to be the signal. */
type ArgsOf<Call> = Call extends (...args: infer Args) => Promise<unknown>
  ? Required<Args> extends readonly [...infer Rest, infer Last]
    ? CallSignal extends Last
      ? Readonly<Rest>
      : never
    : never
  : never;

/** A new call is missing here until it is written down, and does not fit where it takes no signal. */
const calls: { readonly [Name in CallName]: ArgsOf<KithClient[Name]> } = {
  health: [],
  status: [],
  getNodeStatus: [],
  stats: [],
  me: [],
  changeMe: [{ name: "Ann" }],
  setOnline: [true],
  peers: [],
  connectPeer: ["127.0.0.1:1"],
  disconnectPeer: ["p"],
  verify: [],
  doctor: [],
  reset: [],
  signInLink: [],
  tokens: [],
  createToken: [{ scope: "read" }],
  revokeToken: ["t"],
  settings: [],
  changeSettings: [{ theme: "dark" }],
  spaces: [],
  space: ["s"],
  createSpace: [{ name: "s" }],
  renameSpace: ["s", { name: "t" }],
  leaveSpace: ["s"],
  channels: ["s"],
  createChannel: ["s", { name: "c" }],
  changeChannel: ["s", "c", { expiry: 60 }],
  channelMembers: ["s", "c"],
  addChannelMember: ["s", "c", "p"],
  removeChannelMember: ["s", "c", "p"],
  members: ["s"],
  changeMember: ["s", "p", { role: "admin" }],
  removeMember: ["s", "p"],
  letOverturnedBe: ["s", "p"],
  invites: ["s"],
  createInvite: ["s", {}],
  revokeInvite: ["s", "i"],
  join: ["kith://join#x"],
  joins: [],
  giveUpJoin: ["i"],
  joinRequests: [],
  admitWaiting: [{ space: "s", person: "p" }],
  refuseWaiting: ["r"],
  requests: [],
  acceptRequest: ["r", {}],
  declineRequest: ["r"],
  devices: [],
  renameDevice: ["d", { name: "phone" }],
  removeDevice: ["d"],
  offerDevice: [],
  deviceOffers: [],
  endDeviceOffer: [],
  confirmDevice: ["123456"],
  takeLink: [{ link: "kith://link#x" }],
  linkings: [],
  people: [],
  direct: [{ person: "p" }],
  askInto: ["s", { people: ["p"] }],
  blocks: [],
  block: ["p"],
  unblock: ["p"],
  mute: ["c", true],
  muteSpace: ["s", true],
  post: [{ space: "s", channel: "c", text: "x" }],
  postBatch: [[{ space: "s", channel: "c", text: "x" }]],
  broadcastMessage: ["general", "x"],
  messages: [{}],
  message: ["m"],
  editMessage: ["m", "x"],
  deleteMessage: ["m"],
  messageVersions: ["m"],
  deliveryOf: ["m"],
  react: ["m", "👍"],
  unreact: ["m", "👍"],
  pin: ["m"],
  unpin: ["m"],
  pins: ["s", "c"],
  report: ["m", "why"],
  reports: ["s"],
  handleReport: ["r"],
  search: [{ q: "x" }],
  sendTyping: ["s", "c"],
  conversations: [],
  markRead: ["c", "m"],
  saveDraft: ["c", { text: "x" }],
  savePlace: ["c", { message: "m", offset: 0 }],
  safetyNumber: ["p"],
  verification: ["p"],
  verifyPerson: ["p", "seen"],
  withdrawVerification: ["p"],
  recovery: [],
  recoveryWords: [],
  checkRecoveryWords: [{ words: [] }],
  forgetRecoveryWords: [],
  dismissRecovery: [],
  backup: [{}],
  uploadBackup: [new Blob(["x"])],
  checkBackup: [{ upload: "u" }],
  restore: [{ upload: "u" }],
  passphrase: [],
  changePassphrase: [{ passphrase: "x" }],
  removePassphrase: ["x"],
  lock: [],
  unlock: ["x"],
  stayAwake: [],
};

const names = Object.keys(calls) as CallName[];

/** A node whose answers are the test's. */
async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const startNode = async (...args: Parameters<typeof startServer>): Promise<KithClient> =>
  createKithClient(await startServer(...args));

function ask(client: KithClient, name: CallName, signal: AbortSignal): Promise<unknown> {
  const call = client[name] as (...args: unknown[]) => Promise<unknown>;
  return call(...calls[name], { signal });
}

test("[CL17] every function of the client that is no stream stands in the table", async () => {
  const client = await startNode(() => undefined);
  const all = Object.entries(client).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(all.sort()).toEqual([...names, ...STREAMS].sort());
});

test.each(names)(
  "[CL17] %s rejects with its signal's reason when it is aborted, and lets the connection go",
  async (name) => {
    const controller = new AbortController();
    const reason = new Error("the person went elsewhere");
    const released: Promise<unknown>[] = [];
    const client = await startNode((_request, response) => {
      released.push(once(response, "close"));
      controller.abort(reason);
    });
    await expect(ask(client, name, controller.signal)).rejects.toBe(reason);
    expect(released).toHaveLength(1);
    await released[0];
  },
);

test.each(names)("[CL17] %s asks nothing when its signal has been aborted before", async (name) => {
  let asked = 0;
  const client = await startNode((_request, response) => {
    asked += 1;
    response.writeHead(204).end();
  });
  await expect(ask(client, name, AbortSignal.abort("too late"))).rejects.toBe("too late");
  expect(asked).toBe(0);
});

test("[CL17] a call whose answer stops in its middle rejects at once, too", async () => {
  const controller = new AbortController();
  const { url } = await startServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"items":[');
  });
  const client = createKithClient({
    url,
    async fetch(input, init) {
      const response = await fetch(input, init);
      // Its head is there, and its body is waited for from the next turn on.
      setImmediate(() => controller.abort("enough"));
      return response;
    },
  });
  await expect(client.spaces(controller)).rejects.toBe("enough");
});

test("[CL17] at once, also where a runtime's fetch hears nothing of signals", async () => {
  const controller = new AbortController();
  const client = createKithClient({ url: "http://x", fetch: () => new Promise(() => undefined) });
  const answers = names.map((name) => ask(client, name, controller.signal));
  controller.abort("now");
  for (const result of await Promise.allSettled(answers))
    expect(result).toEqual({ status: "rejected", reason: "now" });
});

test("[CL17] a send that is aborted is not tried again, whatever its reason looks like", async () => {
  let asked = 0;
  const controller = new AbortController();
  const away = { status: 0, code: "UNREACHABLE", message: "gone", next: "wait" };
  const reason = new KithApiError(away);
  const client = await startNode(() => {
    asked += 1;
    controller.abort(reason);
  });
  await expect(ask(client, "post", controller.signal)).rejects.toBe(reason);
  expect(asked).toBe(1);
});
