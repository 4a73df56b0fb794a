import { errorBody, safetyNumber, verification } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;

const ask = (person: string): Promise<Answer> =>
  send(`${node.server.url}/api/people/${encodeURIComponent(person)}/safety-number`, { token: node.token });

beforeAll(async () => {
  node = await startTestServer();
});

afterAll(() => node.server.close());

test("[ID42] the number comes as digits, in groups of five and as an image, by id or by name", async () => {
  const answer = await ask("Bea");
  expect(answer.status).toBe(200);
  const number = safetyNumber.strict().parse(answer.json());
  expect(number.digits).toMatch(/^\d{60}$/);
  expect(number.groups.join("")).toBe(number.digits);
  expect(number.groups).toHaveLength(12);
  expect(number.qr).toContain("<svg");
  expect(safetyNumber.parse((await ask(number.person)).json()).digits).toBe(number.digits);
  const missing = await ask("Nobody");
  expect([missing.status, errorBody.parse(missing.json()).error.code]).toEqual([404, "UNKNOWN_PERSON"]);
});

test("[HT89] a verification is shown, noted with and without what was seen, refused where it differs, and taken back", async () => {
  const at = `${node.server.url}/api/people/Bea/verification`;
  const call = (method: string, body?: unknown) => send(at, { method, token: node.token, body });
  const before = verification.strict().parse((await call("GET")).json());
  expect(before).toMatchObject({ state: "unverified", verified: null, doubts: [] });
  expect([before.words.length, before.groups.length]).toEqual([18, 12]);
  const wrong = await call("PUT", { seen: "1".repeat(60) });
  expect([wrong.status, wrong.code]).toEqual([409, "NUMBER_DIFFERS"]);
  for (const body of [undefined, {}, { seen: before.digits }]) {
    expect(verification.parse((await call("PUT", body)).json())).toMatchObject({
      state: "verified",
      verified: "2026-05-03T09:20:00.000Z",
    });
    expect(verification.parse((await call("DELETE")).json()).state).toBe("unverified");
  }
  expect((await call("PUT", { seen: "x".repeat(513) })).code).toBe("BAD_INPUT");
});
