import { expect, test } from "vitest";
import { startTestServer } from "./testing/index.ts";

test("[HT13] a body in another encoding than UTF-8 is refused and not guessed at", async () => {
  const node = await startTestServer();
  const body = Buffer.from('{"name":"caf\u00e9"}', "latin1");
  for (const type of ["application/json", "application/json; charset=latin1"]) {
    const headers = { authorization: `Bearer ${node.token}`, "content-type": type };
    const answer = await fetch(`${node.server.url}/api/spaces`, { method: "POST", headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "BAD_JSON" } }]);
  }
  expect(node.service.spaces()).toEqual([]);
  await node.server.close();
});
