import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { request } from "node:http";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { PACK_BYTES_MIN } from "../limits.ts";
import { send, startTestServer } from "../testing/index.ts";
import type { TestServer } from "../testing/index.ts";
import { negotiatePacking } from "./negotiate.ts";

let node: TestServer;
const nodes: TestServer[] = [];
afterEach(async () => {
  for (const { server } of nodes.splice(0)) await server.close();
});

interface Packed {
  readonly status: number;
  readonly encoding: string | undefined;
  readonly vary: string | undefined;
  readonly length: number;
  readonly text: string;
}

function get(path: string, accept: string | null = "gzip, deflate, br", headers = {}): Promise<Packed> {
  return new Promise((resolve, reject) => {
    const asked = request(
      node.server.url + path,
      {
        headers: {
          authorization: `Bearer ${node.token}`,
          ...(accept === null ? null : { "accept-encoding": accept }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const encoding = response.headers["content-encoding"];
          const plain =
            encoding === "br" ? brotliDecompressSync(bytes) : encoding === "gzip" ? gunzipSync(bytes) : bytes;
          resolve({
            status: response.statusCode ?? 0,
            encoding,
            vary: response.headers.vary,
            length: Number(response.headers["content-length"]),
            text: plain.toString(),
          });
        });
      },
    );
    asked.on("error", reject).end();
  });
}

async function startWithMessages(): Promise<void> {
  node = await startTestServer({ allowOrigins: ["https://page.example"] });
  nodes.push(node);
  await node.service.createSpace({ name: "Climbing" });
  for (let index = 0; index < 20; index += 1)
    await send(`${node.server.url}/api/messages`, {
      method: "POST",
      token: node.token,
      body: { space: "Climbing", channel: "general", text: "again and again ".repeat(20) },
    });
}

test("[HT71] a page of one channel is packed as asked, and says the same", async () => {
  await startWithMessages();
  const path = "/api/messages?space=Climbing&channel=general";
  const plain = await get(path, null);
  expect(plain).toMatchObject({ status: 200, encoding: undefined, vary: "accept-encoding" });
  for (const [accept, encoding] of [
    ["br", "br"],
    ["gzip", "gzip"],
    ["gzip, br", "br"],
    ["br;q=0.5, gzip", "gzip"],
    ["*", "br"],
  ] as const) {
    const packed = await get(path, accept);
    expect(packed).toMatchObject({ status: 200, encoding, vary: "accept-encoding", text: plain.text });
    expect(packed.length).toBeLessThan(plain.length / 5);
  }
  for (const accept of ["identity", "deflate", "br;q=0, gzip;q=0", "gzip;q=no", "zstd", ""])
    expect(await get(path, accept)).toMatchObject({ encoding: undefined, text: plain.text });
  const elsewhere = await get(path, "gzip", { origin: "https://page.example" });
  expect(elsewhere).toMatchObject({ encoding: "gzip", vary: "origin, accept-encoding" });
});

test("[HT71] what is short, an error or asked for by HEAD goes out as it is", async () => {
  await startWithMessages();
  expect((await get("/api/spaces/Climbing/members")).encoding).toBeUndefined();
  expect(await get(`/api/messages/${"no".repeat(100)}`)).toMatchObject({
    status: 404,
    encoding: undefined,
  });
  const head = await send(`${node.server.url}/openapi.json`, {
    method: "HEAD",
    token: node.token,
    headers: { "accept-encoding": "gzip" },
  });
  expect(head).toMatchObject({ status: 200, text: "" });
  expect((await get("/openapi.json")).encoding).toBe("br");
  expect((await get("/docs", "gzip")).encoding).toBe("gzip");
});

test("[HT72] nothing that holds a secret, or parts that not the same people may read, is ever packed", async () => {
  await startWithMessages();
  for (let index = 0; index < 20; index += 1) node.service.append("space", { text: "again and again" });
  for (const path of [
    "/api/messages",
    "/api/messages?space=Climbing",
    "/api/search?q=again",
    "/api/poll?since=c0",
  ]) {
    const answer = await get(path);
    expect(answer.text.length, path).toBeGreaterThan(PACK_BYTES_MIN);
    expect(answer.encoding, path).toBeUndefined();
  }
  const ask = (method: string, path: string, body?: object) =>
    send(node.server.url + path, {
      method,
      token: node.token,
      headers: { "accept-encoding": "gzip, br" },
      ...(body === undefined ? null : { body }),
    });
  for (const [method, path, body] of [
    ["POST", "/api/spaces/Climbing/invites", {}],
    ["GET", "/api/spaces/Climbing/invites", undefined],
    ["POST", "/api/tokens", { scope: "read" }],
    ["GET", "/api/tokens", undefined],
    ["POST", "/api/sign-in-links", undefined],
    ["GET", "/api/conversations", undefined],
    ["POST", "/graphql", { query: "{ messages(limit: 50) { items { id text } } }" }],
  ] as const) {
    const answer = await ask(method, path, body);
    expect(answer.status, path).toBeLessThan(300);
    // An answer that might have been packed says so, however short it is.
    expect(answer.headers, path).not.toHaveProperty("vary");
    expect(answer.headers, path).not.toHaveProperty("content-encoding");
  }
  const events = await fetch(`${node.server.url}/api/events?since=c0`, {
    headers: { authorization: `Bearer ${node.token}`, "accept-encoding": "gzip" },
  });
  expect(events.headers.get("content-encoding")).toBeNull();
  await events.body?.cancel();
});

test("[HT71] any header of packings is read, and what it refuses is never chosen", () => {
  const coding = fc.constantFrom("gzip", "br", "*", "identity", "deflate", "GZIP", " br ");
  const weight = fc.constantFrom("", ";q=0", ";q=1", ";q=0.5", "; Q=0.001", ";q=2", ";q=", ";q", ";x=1");
  const header = fc.oneof(
    fc.string({ maxLength: 2_000 }),
    fc
      .array(
        fc.tuple(coding, weight).map((part) => part.join("")),
        { maxLength: 40 },
      )
      .map((all) => all.join(",")),
  );
  fc.assert(
    fc.property(header, (text) => {
      const chosen = negotiatePacking(text);
      expect([null, "br", "gzip"]).toContain(chosen);
      if (chosen !== null) expect(text.toLowerCase()).toMatch(new RegExp(String.raw`${chosen}|\*`));
      expect(negotiatePacking(`${chosen ?? "gzip"};q=0, br;q=0, gzip;q=0, ${text}`)).toBeNull();
    }),
  );
});
