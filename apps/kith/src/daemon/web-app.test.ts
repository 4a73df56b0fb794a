import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { send, startTestServer } from "@kith/api/testing";
import type { TestServer } from "@kith/api/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWebApp } from "./web-app.ts";

const page = "<!doctype html><title>Kith</title>";
const script = `console.log("${"kith ".repeat(400)}");`;
let folder: string;
let node: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kith-web-"));
  mkdirSync(join(folder, "dist/assets"), { recursive: true });
  writeFileSync(join(folder, "secret.js"), "never served");
  const files = {
    "index.html": page,
    "assets/app-1a2b.js": script,
    "assets/app-1a2b.js.gz": gzipSync(script),
    "sw.js": "self.skipWaiting();",
    "manifest.webmanifest": "{}",
    "icon.svg": "<svg/>",
    ".kith-stamp": "abc",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "dist", name), text);
  const staticHandler = readWebApp(join(folder, "dist"));
  if (staticHandler === null) throw new Error("the app that was just written is not there");
  node = await startTestServer({ staticHandler });
});

afterAll(async () => {
  await node.server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => send(node.server.url + path, { headers });

test("[HT17] the app's own addresses are its page, under a policy that lets nothing in or out", async () => {
  for (const path of [
    "/",
    "/c/0a1b",
    "/people/5",
    "/network",
    "/settings",
    "/join",
    "/join?x=1",
    "/index.html",
  ]) {
    const answer = await get(path);
    expect(answer, path).toMatchObject({ status: 200, text: page });
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const policy = String(answer.headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types kith",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
  }
});

test("[HT17] files named by a hash are kept for ever, all others are asked for again and seldom sent again", async () => {
  const asset = await get("/assets/app-1a2b.js");
  expect(asset).toMatchObject({ status: 200, text: script });
  expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  for (const [path, type] of [
    ["/sw.js", "text/javascript; charset=utf-8"],
    ["/manifest.webmanifest", "application/manifest+json"],
    ["/icon.svg", "image/svg+xml"],
  ] as const) {
    const first = await get(path);
    expect(first.headers).toMatchObject({ "content-type": type, "cache-control": "no-cache" });
    const again = await get(path, { "if-none-match": String(first.headers["etag"]) });
    expect(again).toMatchObject({ status: 304, text: "" });
  }
});

test("[HT17] what is packed goes out packed to those who take it", async () => {
  const url = `${node.server.url}/assets/app-1a2b.js`;
  const packed = await fetch(url, { headers: { "accept-encoding": "gzip" } });
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect(Number(packed.headers.get("content-length"))).toBeLessThan(script.length);
  expect(await packed.text()).toBe(script);
  const plain = await get("/assets/app-1a2b.js", { "accept-encoding": "gzip;q=0" });
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(plain.text).toBe(script);
  const head = await send(url, { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, text: "" });
});

test("[HT17] nothing but those files is served, whatever the path says", async () => {
  for (const path of [
    "/secret.js",
    "/../secret.js",
    "/assets/../../secret.js",
    "/assets/%2e%2e/%2e%2e/secret.js",
    "/assets%2f..%2f..%2fsecret.js",
    "/..%5csecret.js",
    "/assets/app-1a2b.js.gz",
    "/.kith-stamp",
    "/assets",
    "/c/",
    "/c/a/b",
    "/%",
    "/constructor",
    "//evil.example/",
  ]) {
    const answer = await get(path);
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
    expect(answer.text, path).not.toContain("never served");
  }
});

test("without a build there is no app", () => {
  expect(readWebApp(join(folder, "nowhere"))).toBeNull();
  expect(readWebApp(folder)).toBeNull();
});
