/** The routes about members and the space itself, against real nodes: statuses and errors as a program meets them. */
import { createAuth, createApiServer } from "@kith/api";
import type { ApiServer } from "@kith/api";
import { createMemoryBackups, createVaultDouble } from "@kith/api/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock, createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

interface Served extends Housemate {
  readonly server: ApiServer;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

const noLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let house: Household;
let ann: Served;
let bob: Served;
let cem: Served;
let all: Served[];
let space: string;

async function serve(name: string): Promise<Served> {
  const node = await house.add(name);
  const { service } = node;
  const auth = createAuth({ secret: random.bytes(32), nodeId: service.nodeId, clock, random });
  const server = await createApiServer({
    service,
    auth,
    clock,
    log: noLog,
    port: 0,
    version: "0.0.0",
    onReset: () => {},
    backups: createMemoryBackups(node.service),
    vault: createVaultDouble(),
  });
  const headers = {
    authorization: `Bearer ${await auth.ownerToken()}`,
    "content-type": "application/json",
  };
  return {
    ...node,
    server,
    async ask(method, path, body) {
      const init = { method, headers, body: method === "GET" ? null : JSON.stringify(body ?? {}) };
      const answer = await fetch(server.url + path, init);
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
    },
  };
}

/** Joins over an invite of Ann's; all that are there have heard of it when it resolves. */
async function bring(name: string): Promise<Served> {
  const node = await serve(name);
  const { link } = await ann.service.createInvite(space, { role: "member", expiresInMs: null, uses: 1 });
  expect((await node.service.join(link ?? "", { waitMs: 5_000 })).step).toBe("done");
  all.push(node);
  const count = ann.service.members(space).length;
  for (const each of all)
    await each.until(`${count} members`, () => each.service.members(space).length === count);
  return node;
}

const member = (who: Housemate | string): string =>
  `/api/spaces/${space}/members/${encodeURIComponent(typeof who === "string" ? who : who.service.status().person)}`;

/** HT6: one shape, and a next step in words. */
const fault = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.stringMatching(/./), next: expect.stringMatching(/./) } },
});

beforeEach(async () => {
  house = createHousehold();
  ann = await serve("Ann");
  all = [ann];
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  bob = await bring("Bob");
  cem = await bring("Cem");
}, 20_000);

afterEach(async () => {
  for (const { server } of all) await server.close();
  await house.stop();
});

const routes = (of: string, person: string): [string, string, unknown][] => [
  ["PATCH", `/api/spaces/${of}/members/${person}`, { role: "admin" }],
  ["DELETE", `/api/spaces/${of}/members/${person}`, undefined],
  ["PATCH", `/api/spaces/${of}`, { name: "Quay" }],
  ["POST", `/api/spaces/${of}/leave`, undefined],
];

test("[HT6] a space or a person that is not there is 404, and says which", async () => {
  for (const unknown of ["Nowhere", "ab".repeat(32)]) {
    for (const [method, path, body] of routes(unknown, "Bob"))
      expect(await ann.ask(method, path, body)).toMatchObject(fault(404, "UNKNOWN_SPACE"));
    for (const [method, path, body] of routes(space, unknown).slice(0, 2))
      expect(await ann.ask(method, path, body)).toMatchObject(fault(404, "UNKNOWN_PERSON"));
  }
});

test("[HT112] [HT113] [HT114] owners and admins set how long messages are kept, others see it; the log tells of it", async () => {
  const path = `/api/spaces/${space}/channels/general`;
  const cursor = bob.service.cursor();
  expect(await ann.ask("PATCH", path, { expiry: 3_600 })).toMatchObject({
    status: 200,
    body: { name: "general", expiry: 3_600 },
  });
  await bob.until("set", () => bob.service.channels(space)[0]?.expiryS === 3_600);
  expect(await bob.ask("GET", `/api/spaces/${space}/channels`)).toMatchObject({
    body: { items: [{ expiry: 3_600 }] },
  });
  expect(bob.service.log(cursor, 99).map(({ data }) => data)).toContainEqual(
    expect.objectContaining({ space, change: "channel-expiry", seconds: 3_600 }),
  );
  const post = { space, channel: "general", text: "for an hour" };
  const posted = await bob.ask("POST", "/api/messages", post);
  const { at, expires } = posted.body as { at: string; expires: string };
  expect(Date.parse(expires) - Date.parse(at)).toBe(3_600_000);
  expect(await bob.ask("PATCH", path, { expiry: null })).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect(await ann.ask("PATCH", `/api/spaces/${space}/channels/none`, { expiry: null })).toMatchObject(
    fault(404, "UNKNOWN_CHANNEL"),
  );
  expect(await ann.ask("PATCH", "/api/spaces/none/channels/general", { expiry: null })).toMatchObject(
    fault(404, "UNKNOWN_SPACE"),
  );
  for (const body of [{}, { expiry: 59 }, { expiry: 60.5 }, { expiry: "1d" }, { expiry: 31_536_001 }])
    expect(await ann.ask("PATCH", path, body)).toMatchObject(fault(400, "BAD_INPUT"));
  expect(await ann.ask("PATCH", path, { expiry: null })).toMatchObject({ body: { expiry: null } });
  expect(await ann.ask("POST", "/api/messages", post)).toMatchObject({ body: { expires: null } });
});

test("[HT6] a name that two members have is 409; the id tells them apart", async () => {
  const other = await bring("Bob");
  const [change, remove] = routes(space, "Bob");
  for (const [method, path, body] of [change, remove] as [string, string, unknown][])
    expect(await ann.ask(method, path, body)).toMatchObject(fault(409, "AMBIGUOUS_NAME"));
  expect(ann.service.members(space)).toHaveLength(4);
  expect(await ann.ask("PATCH", member(other), { role: "reader" })).toMatchObject({
    status: 200,
    body: { person: other.service.status().person, name: "Bob", role: "reader" },
  });
}, 10_000);

test("[HT6] [HT8] what is no role and no name is 400, and names its field", async () => {
  for (const body of [{ role: "king" }, { role: 3 }, {}, [], { role: null }]) {
    const answer = await ann.ask("PATCH", member(bob), body);
    expect(answer).toMatchObject(fault(400, "BAD_INPUT"));
    expect(answer.body).toMatchObject({ error: { message: expect.stringMatching(/role|body/i) } });
  }
  for (const body of [{ name: "" }, { name: "a/b" }, { name: "x".repeat(81) }, {}])
    expect(await ann.ask("PATCH", `/api/spaces/${space}`, body)).toMatchObject(fault(400, "BAD_INPUT"));
  expect(ann.service.space(space).name).toBe("Harbour");
});

test("[SP28] the last owner neither leaves, nor is removed, nor steps down: 409, until there is another", async () => {
  const leave = (): ReturnType<Served["ask"]> => ann.ask("POST", `/api/spaces/${space}/leave`);
  for (const answer of [
    await leave(),
    await ann.ask("DELETE", member(ann)),
    await ann.ask("PATCH", member(ann), { role: "member" }),
  ])
    expect(answer).toMatchObject(fault(409, "LAST_OWNER"));
  expect((await ann.ask("PATCH", member("Bob"), { role: "owner" })).status).toBe(200);
  expect(await leave()).toEqual({ status: 204, body: null });
  expect(await ann.ask("GET", "/api/spaces")).toMatchObject({ status: 200, body: { items: [] } });
});

test("[SP7] what one's rank does not allow is 403, and changes nothing", async () => {
  for (const [method, path, body] of [
    ["PATCH", member(bob), { role: "reader" }],
    ["PATCH", member(cem), { role: "owner" }],
    ["DELETE", member(bob), undefined],
    ["DELETE", member(ann), undefined],
    ["PATCH", `/api/spaces/${space}`, { name: "Mine" }],
  ] as const)
    expect(await cem.ask(method, path, body)).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect((await ann.ask("PATCH", member("Bob"), { role: "admin" })).status).toBe(200);
  await bob.until("Bob is admin", () => bob.service.space(space).role === "admin");
  expect(await bob.ask("PATCH", member("Cem"), { role: "admin" })).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect(await bob.ask("DELETE", member("Ann"))).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect(await bob.ask("PATCH", `/api/spaces/${space}`, { name: "  Quay  " })).toMatchObject({
    status: 200,
    body: { id: space, name: "Quay", role: "admin" },
  });
  expect(await bob.ask("DELETE", member("Cem"))).toEqual({ status: 204, body: null });
});

test("who was removed gets 403 from each of them, and is shown as removed", async () => {
  expect(await ann.ask("DELETE", member("Cem"))).toEqual({ status: 204, body: null });
  await cem.until("Cem is told", () => cem.service.space(space).state === "removed");
  expect(await cem.ask("GET", "/api/spaces")).toMatchObject({ body: { items: [{ state: "removed" }] } });
  for (const [method, path, body] of routes(space, bob.service.status().person))
    expect(await cem.ask(method, path, body)).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect(await ann.ask("DELETE", member("Cem"))).toMatchObject(fault(404, "UNKNOWN_PERSON"));
  await bob.until("Bob knows", () => bob.service.members(space).length === 2);
});

test("[HT6] a private channel over HTTP: created with people, listed for them alone, its people added and removed", async () => {
  const channels = `/api/spaces/${space}/channels`;
  const created = await bob.ask("POST", channels, { name: "board", private: true, people: ["Cem"] });
  expect(created).toMatchObject({ status: 201, body: { name: "board", private: true } });
  const { id } = created.body as { id: string };
  await cem.until("board", () => cem.service.channels(space).length === 2);
  expect(await cem.ask("GET", `${channels}/board/members`)).toMatchObject({
    status: 200,
    body: { items: [{ name: "Bob" }, { name: "Cem" }], next: null },
  });
  // For Ann it is as if it did not exist, by its true id as well.
  for (const name of ["board", id])
    for (const [method, path, body] of [
      ["GET", `${channels}/${name}/members`, undefined],
      ["POST", `${channels}/${name}/members`, { person: "Ann" }],
      ["DELETE", `${channels}/${name}/members/Bob`, undefined],
    ] as const)
      expect(await ann.ask(method, path, body)).toMatchObject(fault(404, "UNKNOWN_CHANNEL"));
  expect(await cem.ask("POST", `${channels}/board/members`, { person: "Ann" })).toMatchObject({
    status: 204,
  });
  await ann.until("board", () => ann.service.channels(space).length === 2);
  expect(await ann.ask("GET", channels)).toMatchObject({
    body: {
      items: [
        { name: "general", private: false, history: "all" },
        { name: "board", private: true },
      ],
    },
  });
  expect(await cem.ask("DELETE", `${channels}/board/members/Bob`)).toMatchObject(fault(403, "NOT_ALLOWED"));
  expect(await cem.ask("DELETE", `${channels}/board/members/Nobody`)).toMatchObject(
    fault(404, "UNKNOWN_PERSON"),
  );
  expect(await bob.ask("DELETE", `${channels}/board/members/Cem`)).toMatchObject({ status: 204 });
  await cem.until("out", () => cem.service.channels(space).length === 1);
  for (const [path, body] of [
    [channels, { name: "all", people: ["Cem"] }],
    [channels, { name: "board", private: "yes" }],
    [`${channels}/general/members`, { person: "Cem" }],
  ] as const)
    expect(await bob.ask("POST", path, body)).toMatchObject({ status: 400 });
}, 20_000);
