import { afterEach, beforeEach, expect, test } from "vitest";
import { askGraphql, issueToken, startTestServer } from "../testing/index.ts";
import type { GraphqlAsker, TestServer } from "../testing/index.ts";

interface List {
  readonly items: readonly Record<string, unknown>[];
}

let node: TestServer;
let ann: GraphqlAsker;

beforeEach(async () => {
  node = await startTestServer();
  ann = askGraphql(node, node.token);
  await node.service.createSpace({ name: "Climbing" });
});
afterEach(() => node.server.close());

async function asScope(scope: "read" | "send" | "manage"): Promise<GraphqlAsker> {
  return askGraphql(node, await issueToken(node.auth, { scope, ttlMs: 60_000 }));
}

const fields = "person name digits groups words qr state verified doubts { reason other device at }";

test("[HT77] a person is verified and not so any more, as REST says, and by another number not at all", async () => {
  const [reader, manager] = [await asScope("read"), await asScope("manage")];
  const { verification } = await reader.data(`{ verification(person: "Bea") { ${fields} } }`);
  expect(verification).toEqual(await ann.rest("/api/people/Bea/verification"));
  expect(verification).toMatchObject({
    state: "unverified",
    verified: null,
    qr: expect.stringContaining("<svg"),
  });
  const { digits } = verification as { digits: string };
  const verify = (seen: string) => `mutation { verifyPerson(person: "Bea", seen: "${seen}") { ${fields} } }`;
  expect(await manager.code(verify("0".repeat(60)))).toBe("NUMBER_DIFFERS");
  expect(await reader.code(verify(digits))).toBe("SCOPE_TOO_SMALL");
  expect(await ann.rest("/api/people/Bea/verification")).toMatchObject({ state: "unverified" });
  const { verifyPerson } = await manager.data(verify(digits));
  expect(verifyPerson).toEqual(await ann.rest("/api/people/Bea/verification"));
  expect(verifyPerson).toMatchObject({ state: "verified", verified: expect.any(String) });
  const { withdrawVerification } = await manager.data(
    'mutation { withdrawVerification(person: "Bea") { state } }',
  );
  expect(withdrawVerification).toEqual({ state: "unverified" });
  // By eye.
  expect(await manager.data('mutation { verifyPerson(person: "Bea") { state } }')).toEqual({
    verifyPerson: { state: "verified" },
  });
  expect(await ann.code('{ verification(person: "Nobody") { state } }')).toBe("UNKNOWN_PERSON");
});

test("[HT77] members of a channel are listed, added and removed, each with the scope of its REST call", async () => {
  const [reader, manager] = [await asScope("read"), await asScope("manage")];
  await ann.data('mutation { createChannel(space: "Climbing", name: "quiet", private: true) { id } }');
  const list =
    '{ channelMembers(space: "Climbing", channel: "quiet") { person name role devices joined self verification may { remove roles } status avatar overturned { kind } suspended { device } } }';
  const { channelMembers } = await reader.data(list);
  const { items } = await ann.rest<List>("/api/spaces/Climbing/channels/quiet/members");
  expect(channelMembers).toEqual(items);
  expect(items).toMatchObject([{ name: "Ada", verification: "self" }]);
  for (const act of ["addChannelMember", "removeChannelMember"]) {
    const mutation = (person: string, channel = "quiet") =>
      `mutation { ${act}(space: "Climbing", channel: "${channel}", person: "${person}") }`;
    expect(await reader.code(mutation("Self"))).toBe("SCOPE_TOO_SMALL");
    expect(await manager.data(mutation("Self"))).toEqual({ [act]: true });
    expect(await manager.code(mutation("Nobody"))).toBe("UNKNOWN_PERSON");
    expect(await manager.code(mutation("Self", "none"))).toBe("UNKNOWN_CHANNEL");
  }
});

test("[HT41] who may manage lists invitations without reading anything else", async () => {
  const manager = await asScope("manage");
  const made = await manager.data('mutation { createInvite(space: "Climbing") { id link qr } }');
  expect(made["createInvite"]).toMatchObject({ qr: expect.stringContaining("<svg") });
  const list = '{ invites(space: "Climbing") { id link } }';
  expect((await manager.data(list))["invites"]).toHaveLength(1);
  expect(await (await asScope("read")).code(list)).toBe("SCOPE_TOO_SMALL");
  for (const more of [
    '{ invites(space: "Climbing") { id } me { name } }',
    '{ ...All } fragment All on Query { invites(space: "Climbing") { id } }',
    '{ invites(space: "Climbing") { id } __schema { types { name } } }',
    "{ invites: spaces { name } }",
  ])
    expect(await manager.code(more), more).toBe("SCOPE_TOO_SMALL");
});

test("[HT77] what would bring the person back is told, and its reminder ended by the owner alone; the words are in no field", async () => {
  const reader = await asScope("read");
  const { recovery } = await reader.data("{ recovery { rootHere checked backup restored nudge } }");
  expect(recovery).toEqual(await ann.rest("/api/recovery"));
  const dismiss = "mutation { dismissRecovery { nudge } }";
  expect(await reader.code(dismiss)).toBe("SCOPE_TOO_SMALL");
  expect((await reader.data("{ recovery { nudge } }"))["recovery"]).toEqual({ nudge: true });
  expect(await ann.data(dismiss)).toEqual({ dismissRecovery: { nudge: false } });
  expect(await ann.rest("/api/recovery")).toMatchObject({ nudge: false });
});

test("[HT77] conversations, members and tokens tell what REST tells of them", async () => {
  const made = (
    await ann.data(
      'mutation { createToken(scope: "read", name: "Bot") { id name scope created expires revoked } }',
    )
  )["createToken"] as { id: string };
  const { items: tokens } = await ann.rest<List>("/api/tokens");
  expect(tokens.find(({ id }) => id === made.id)).toEqual(made);
  const { conversations } = await ann.data(
    "{ conversations { channel private direct { person asked } muted } }",
  );
  const { items } = await ann.rest<List>("/api/conversations");
  expect(items).toMatchObject(conversations as never);
  expect(conversations).toMatchObject([{ private: false, direct: null }]);
  const { historyDays } = await ann.rest<{ historyDays: number | null }>("/api/status");
  expect(await ann.data("{ status { historyDays } }")).toEqual({ status: { historyDays } });
});
