import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

interface Operation {
  readonly summary?: string;
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: object }> };
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: object }[];
  readonly responses?: Record<
    string,
    { readonly description?: string; readonly content?: Record<string, { readonly schema?: object }> }
  >;
}

interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let node: TestServer;
let description: Description;

beforeAll(async () => {
  node = await startTestServer();
  description = (await send(`${node.server.url}/openapi.json`, { token: node.token })).json<Description>();
});

afterAll(() => node.server.close());

function operations(): [string, Operation][] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}

test("[HT14] the committed description is what a node serves; `node packages/api/src/write-openapi.ts` renews it", async () => {
  const committed: unknown = JSON.parse(
    await readFile(new URL("../../contract/openapi.json", import.meta.url), "utf8"),
  );
  expect(description).toEqual(committed);
});

test("[HT14] every route has a summary, and schemas for what it takes and answers", () => {
  expect(operations().length).toBeGreaterThan(25);
  for (const [name, operation] of operations()) {
    expect(operation.summary, name).toMatch(/\S/);
    const answers = Object.entries(operation.responses ?? {});
    expect(
      answers.map(([status]) => status),
      name,
    ).toEqual(expect.arrayContaining(["4XX", "5XX"]));
    for (const [status, answer] of answers) {
      expect(answer.description, `${name} ${status}`).toMatch(/\S/);
      const contents = Object.values(answer.content ?? {});
      expect(contents.length > 0, `${name} ${status}`).toBe(!["101", "204", "303"].includes(status));
      for (const { schema } of contents) expect(schema, `${name} ${status}`).toBeTypeOf("object");
    }
    if (operation.requestBody !== undefined)
      expect(operation.requestBody.content["application/json"]?.schema, name).toBeTypeOf("object");
  }
});

test("[HT14] every parameter of a path is described, and every reference leads to a schema", () => {
  expect(description.openapi).toMatch(/^3\.1\./);
  expect(description.info.title).toBe("Kith");
  for (const [path, methods] of Object.entries(description.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, operation] of Object.entries(methods)) {
      const described = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === "path")
        .map(({ name }) => name);
      expect(described.toSorted(), `${method} ${path}`).toEqual(named.toSorted());
    }
  }
  const references = [
    ...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
  ].map(([, name]) => name ?? "");
  expect(references.length).toBeGreaterThan(20);
  for (const name of references) expect(description.components.schemas).toHaveProperty(name);
});

test("[HT14] every call of the surface is described", () => {
  expect(
    operations()
      .map(([name]) => name)
      .toSorted(),
  ).toEqual([
    "delete /api/blocks/{person}",
    "delete /api/devices/links",
    "delete /api/devices/{id}",
    "delete /api/joins/{invite}",
    "delete /api/messages/{id}",
    "delete /api/messages/{id}/pin",
    "delete /api/messages/{id}/reactions/{emoji}",
    "delete /api/passphrase",
    "delete /api/people/{person}/verification",
    "delete /api/spaces/{space}/channels/{channel}/members/{person}",
    "delete /api/spaces/{space}/invites/{id}",
    "delete /api/spaces/{space}/members/{person}",
    "delete /api/spaces/{space}/members/{person}/overturned",
    "delete /api/tokens/{id}",
    "get /api/blocks",
    "get /api/conversations",
    "get /api/devices",
    "get /api/devices/links",
    "get /api/doctor",
    "get /api/events",
    "get /api/join-requests",
    "get /api/joins",
    "get /api/link",
    "get /api/me",
    "get /api/messages",
    "get /api/messages/{id}",
    "get /api/messages/{id}/delivery",
    "get /api/messages/{id}/edits",
    "get /api/passphrase",
    "get /api/peers",
    "get /api/people",
    "get /api/people/{person}/avatar",
    "get /api/people/{person}/safety-number",
    "get /api/people/{person}/verification",
    "get /api/poll",
    "get /api/recovery",
    "get /api/requests",
    "get /api/search",
    "get /api/settings",
    "get /api/spaces",
    "get /api/spaces/{space}",
    "get /api/spaces/{space}/channels",
    "get /api/spaces/{space}/channels/{channel}/members",
    "get /api/spaces/{space}/channels/{channel}/pins",
    "get /api/spaces/{space}/invites",
    "get /api/spaces/{space}/members",
    "get /api/spaces/{space}/reports",
    "get /api/stats",
    "get /api/status",
    "get /api/tokens",
    "get /api/verify",
    "get /api/ws",
    "get /docs",
    "get /health",
    "get /metrics",
    "get /openapi.json",
    "get /sign-in",
    "patch /api/devices/{id}",
    "patch /api/me",
    "patch /api/messages/{id}",
    "patch /api/settings",
    "patch /api/spaces/{space}",
    "patch /api/spaces/{space}/channels/{channel}",
    "patch /api/spaces/{space}/members/{person}",
    "post /api/awake",
    "post /api/backup",
    "post /api/backup/check",
    "post /api/backup/uploads",
    "post /api/broadcast",
    "post /api/device-status",
    "post /api/devices/links",
    "post /api/devices/links/confirm",
    "post /api/direct",
    "post /api/join",
    "post /api/join-requests",
    "post /api/join-requests/{id}/refuse",
    "post /api/link",
    "post /api/lock",
    "post /api/messages",
    "post /api/messages/batch",
    "post /api/messages/{id}/pin",
    "post /api/messages/{id}/reactions",
    "post /api/messages/{id}/report",
    "post /api/peers/connect",
    "post /api/peers/{id}/disconnect",
    "post /api/recovery/check",
    "post /api/recovery/dismiss",
    "post /api/recovery/forget",
    "post /api/recovery/words",
    "post /api/reports/{id}/handled",
    "post /api/requests/{id}/accept",
    "post /api/requests/{id}/decline",
    "post /api/reset",
    "post /api/restore",
    "post /api/sign-in-links",
    "post /api/spaces",
    "post /api/spaces/{space}/asked",
    "post /api/spaces/{space}/channels",
    "post /api/spaces/{space}/channels/{channel}/members",
    "post /api/spaces/{space}/invites",
    "post /api/spaces/{space}/leave",
    "post /api/tokens",
    "post /api/typing",
    "post /api/unlock",
    "put /api/blocks/{person}",
    "put /api/conversations/{channel}/draft",
    "put /api/conversations/{channel}/muted",
    "put /api/conversations/{channel}/place",
    "put /api/conversations/{channel}/read",
    "put /api/passphrase",
    "put /api/people/{person}/verification",
    "put /api/spaces/{space}/muted",
  ]);
});
