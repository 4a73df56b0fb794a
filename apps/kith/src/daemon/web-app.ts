/**
 * The web app's files, as they were built when this node started, from memory: a later build does not change under
 * an open page, and a path of a request is looked up among them, never joined to a folder. spec/http, HT17.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { negotiatePacking } from "@kith/api";
import type { StaticHandler } from "@kith/api";

const INDEX = "/index.html";
/** Paths of the app itself, all of them the one page: the rest is decided in the browser. */
const appRoute = /^\/(?:(?:c|people)\/[^/]+|network|settings|people|requests|join)?\/?$/;
/** Named by a hash of what they hold. */
const hashed = /^\/assets\//;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** Nothing from elsewhere, nothing inline, no text that becomes code: a message can never act. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types kith",
].join("; ");

interface WebFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  /** Whether `bytes` are what gzip made of the file; then only those are kept. */
  readonly isGzip: boolean;
  readonly cacheControl: string;
}

/** null when there is no built app in that folder. */
export function readWebApp(directory: string): StaticHandler | null {
  const files = readFiles(directory);
  const index = files.get(INDEX);
  if (index === undefined) return null;
  return (request, response) => {
    const path = pathOf(request.url);
    const file = path === null ? undefined : appRoute.test(path) ? index : files.get(path);
    if (file === undefined) return false;
    answer(request, response, file);
    return true;
  };
}

function readFiles(directory: string): Map<string, WebFile> {
  const files = new Map<string, WebFile>();
  const names = new Set(listFiles(directory));
  for (const name of names) {
    const type = types[extname(name)];
    // What has no type is not for browsers: the build's stamp, and the packed forms of the others.
    if (type === undefined) continue;
    const isGzip = names.has(`${name}.gz`);
    const bytes = readFileSync(join(directory, isGzip ? `${name}.gz` : name));
    const path = `/${name.replaceAll("\\", "/")}`;
    files.set(path, {
      type,
      etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
      bytes,
      isGzip,
      cacheControl: hashed.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
    });
  }
  return files;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Without the query; null for what cannot be read. */
function pathOf(url: string | undefined): string | null {
  try {
    return decodeURIComponent(/^[^?#]*/.exec(url ?? "/")?.[0] ?? "/");
  } catch {
    // A percent sign without its digits names no file.
    return null;
  }
}

function answer(request: IncomingMessage, response: ServerResponse, file: WebFile): void {
  response.setHeader("content-security-policy", pagePolicy);
  response.setHeader("cache-control", file.cacheControl);
  response.setHeader("content-type", file.type);
  response.setHeader("etag", file.etag);
  response.setHeader("vary", "accept-encoding");
  if (request.headers["if-none-match"]?.includes(file.etag) === true) {
    response.writeHead(304).end();
    return;
  }
  let body = file.bytes;
  if (file.isGzip) {
    // Made when the app was built, at the greatest effort: Brotli would cost the node its bytes a second time in memory.
    if (negotiatePacking(request.headers["accept-encoding"]?.toString(), ["gzip"]) !== null)
      response.setHeader("content-encoding", "gzip");
    else body = gunzipSync(body);
  }
  response.setHeader("content-length", body.length);
  response.writeHead(200).end(request.method === "HEAD" ? undefined : body);
}
