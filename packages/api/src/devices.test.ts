import { device, deviceList, deviceOfferCreated, deviceOfferList, linkingProgress } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;

const call = (method: string, at: string, body?: unknown, token = node.token): Promise<Answer> =>
  send(node.server.url + at, { method, token, body });

beforeAll(async () => {
  node = await startTestServer();
});

afterAll(() => node.server.close());

test("devices are listed, named and removed with every field of the contract", async () => {
  const list = deviceList.parse((await call("GET", "/api/devices")).json());
  expect(list.items).toMatchObject([{ name: "Laptop", self: true, linked: "2026-05-03T09:20:00.000Z" }]);
  const renamed = device
    .strict()
    .parse((await call("PATCH", "/api/devices/Laptop", { name: "  Blue  " })).json());
  expect(renamed.name).toBe("Blue");
  expect((await call("DELETE", "/api/devices/Laptop")).status).toBe(204);
});

test("[ID31] a link is made, confirmed by its digits, and taken back", async () => {
  const made = await call("POST", "/api/devices/links");
  expect(made.status).toBe(201);
  const offer = deviceOfferCreated.strict().parse(made.json());
  expect(offer.qr).toContain("<svg");
  expect(deviceOfferList.parse((await call("GET", "/api/devices/links")).json()).items).toMatchObject([
    { link: offer.link, state: "open" },
  ]);
  expect((await call("POST", "/api/devices/links/confirm", { code: "123456" })).status).toBe(201);
  expect((await call("DELETE", "/api/devices/links")).status).toBe(204);
  expect((await call("GET", "/api/devices/links")).json()).toEqual({ items: [], next: null });
});

test("a link is taken, and answers with the digits to show", async () => {
  const taken = await call("POST", "/api/link", { link: "kith://link#AAAA", name: "Phone" });
  expect(linkingProgress.strict().parse(taken.json())).toMatchObject({ step: "confirming", code: "123456" });
  expect((await call("GET", "/api/link")).json()).toEqual({ items: [], next: null });
});

test.each<[string, string, string, unknown, number, string]>([
  ["an unknown device", "DELETE", "/api/devices/nobody", undefined, 404, "UNKNOWN_DEVICE"],
  ["a name of blanks", "PATCH", "/api/devices/Laptop", { name: "  " }, 400, "BAD_INPUT"],
  ["digits without a link", "POST", "/api/devices/links/confirm", { code: "123456" }, 404, "UNKNOWN_LINK"],
  ["digits that are none", "POST", "/api/devices/links/confirm", { code: "1".repeat(33) }, 400, "BAD_INPUT"],
  ["what is no link", "POST", "/api/link", { link: "kith://join#AAAA" }, 400, "LINK_INVALID"],
  ["a link too long", "POST", "/api/link", { link: "x".repeat(5_000) }, 400, "BAD_INPUT"],
])("%s is refused with its code", async (_, method, at, body, status, code) => {
  const answer = await call(method, at, body);
  expect([answer.status, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
});

test("wrong digits are told as such", async () => {
  await call("POST", "/api/devices/links");
  const answer = await call("POST", "/api/devices/links/confirm", { code: "654321" });
  expect([answer.status, answer.json<{ error: { code: string } }>().error.code]).toEqual([
    409,
    "LINK_CODE_WRONG",
  ]);
});
