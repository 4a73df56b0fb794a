import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ERROR_STATUS } from "@kith/contract";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueToken, send, startTestServer } from "../testing/index.ts";
import type { TestServer } from "../testing/index.ts";
import { listCalls } from "./description.ts";
import type { Description, Schema } from "./description.ts";
import { curlOf, exampleOf } from "./example.ts";
import { renderDocs } from "./page.ts";

const description = JSON.parse(
  readFileSync(new URL("../../../contract/openapi.json", import.meta.url), "utf8"),
) as Description;
const page = (query: string): string => renderDocs(description, { base: "http://127.0.0.1:8888", query });
const callsOn = (text: string): string[] =>
  [...text.matchAll(/<details id="([^"]+)"/g)].map(([, anchor]) => anchor ?? "");

describe("as a node serves it", () => {
  let node: TestServer;
  beforeAll(async () => {
    node = await startTestServer();
  });
  afterAll(() => node.server.close());
  const ask = (query = "", token?: string) =>
    send(`${node.server.url}/docs${query}`, token === undefined ? {} : { token });

  test("[HT70] the page needs the scope read, loads nothing and runs nothing", async () => {
    expect((await ask()).code).toBe("TOKEN_MISSING");
    const sender = await issueToken(node.auth, { scope: "send", ttlMs: 60_000 });
    expect((await ask("", sender)).code).toBe("SCOPE_TOO_SMALL");
    const { headers, status, text } = await ask("", node.token);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    const sheet = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "";
    const digest = createHash("sha256").update(sheet).digest("base64");
    expect(headers["content-security-policy"]).toContain(`'sha256-${digest}'`);
    expect(text).not.toMatch(/<(?:script|link|img|iframe)|\b(?:src|style|on\w+)=/i);
    expect(callsOn(text)).toHaveLength(listCalls(description).length);
  });

  test("[HT70] it is searched by `q`, of at most 512 characters", async () => {
    const { text } = await ask("?q=reactions+post", node.token);
    expect(callsOn(text)).toEqual(["post-api-messages-id-reactions"]);
    expect((await ask(`?q=${"x".repeat(513)}`, node.token)).code).toBe("BAD_INPUT");
    expect(callsOn((await ask("?q=no+such+words", node.token)).text)).toEqual([]);
  });

  test("[HT70] what it gives as bodies are taken as bodies, and what it gives as commands name this node", async () => {
    const { text } = await ask("", node.token);
    expect(text).toContain(`${node.server.url}/api/status`);
    for (const call of listCalls(description)) {
      const schema = call.operation.requestBody?.content["application/json"]?.schema;
      // Those would end or wait for what the double has not.
      if (schema === undefined || /join|link|devices/.test(call.path)) continue;
      const { code, text: answer } = await send(
        `${node.server.url}${call.path.replaceAll(/\{\w+\}/g, "x")}`,
        {
          method: call.method,
          token: node.token,
          body: exampleOf(schema, description),
        },
      );
      expect(["BAD_INPUT", "BAD_JSON"], `${call.method} ${call.path}: ${answer}`).not.toContain(code);
    }
  });
});

test("[HT70] every call has its scope, every schema its place, every error its status", () => {
  const text = page("");
  for (const { operation, path } of listCalls(description)) {
    expect(operation["x-scope"], path).toMatch(/^(?:none|any|read|send|manage|admin)$/);
    expect(text).toContain(`<code>${path}</code>`);
    const field = operation["x-graphql"];
    if (field !== undefined) expect(text).toContain(`In GraphQL: <code>${field}</code>`);
  }
  for (const [, name = ""] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(` id="${name}"`);
  for (const [code, status] of Object.entries(ERROR_STATUS))
    expect(text).toContain(`<td><code>${code}</code></td><td>${status}</td>`);
});

test("[HT70] a command is one shell word each, whatever stands in it", () => {
  const hostile: Schema = { type: "string", examples: ["it's $(here) `now`"] };
  const call = {
    method: "POST",
    path: "/api/x/{emoji}",
    anchor: "x",
    operation: { "x-scope": "send", requestBody: { content: { "application/json": { schema: hostile } } } },
  };
  expect(curlOf(call, description, "http://127.0.0.1:1")).toBe(
    `curl -X POST 'http://127.0.0.1:1/api/x/%F0%9F%91%8D' \\\n  -H "Authorization: Bearer $KITH_TOKEN" \\\n  -H 'Content-Type: application/json' \\\n  -d '"it'\\''s $(here) \`now\`"'`,
  );
});

test("[HT70] a schema that names itself ends", () => {
  const schema: Schema = { $ref: "#/components/schemas/Loop" };
  const endless: Description = {
    ...description,
    components: { schemas: { Loop: { type: "object", required: ["a"], properties: { a: schema } } } },
  };
  expect(JSON.stringify(exampleOf(schema, endless))).toMatch(/null/);
});

test("[HT70] what was searched for comes back as text and never as markup", () => {
  const signs = fc.constantFrom("<", ">", '"', "'", "&", "script", "/", "=", " ", "onload", "a");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 512 }),
        fc.array(signs).map((all) => all.join("")),
      ),
      (query) => {
        const text = page(query);
        const from = text.indexOf('type="search"');
        const value = /value="([^"]*)" \/>/.exec(text.slice(from))?.[1] ?? null;
        expect(value).not.toBeNull();
        expect(value).not.toMatch(/[<>"']/);
        expect(/<script|<img|<svg/i.test(text)).toBe(false);
        const back = (value ?? "")
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
        expect(back).toBe(query);
      },
    ),
    { numRuns: 60 },
  );
});
