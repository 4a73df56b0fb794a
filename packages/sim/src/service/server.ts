/**
 * The simulation service over HTTP, on loopback. Answers with the state after the change. Owns reading and
 * bounding requests; the simulation owns what they mean. Nobody signs in: it holds no secrets, and pages of other
 * sites are kept out by Host, Origin and the content type that they cannot send unasked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UnknownDevice } from "./simulation.ts";
import type { Simulation } from "./simulation.ts";

export interface SimulationServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A list of links among some hundred devices. */
const BODY_BYTES_MAX = 262_144;
/** More than nodes in one process can write. */
const RATE_MAX = 10_000;
/** A hundredth, to watch; a thousandfold, to get over a night. */
const SPEED = { least: 0.01, most: 1_000 };
/** All links of 141 devices. */
const LINKS_MAX = 10_000;

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string;
  constructor(status: number, code: string, message: string, next: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.next = next;
  }
}

type Body = Readonly<Record<string, unknown>>;

export async function serveSimulation(
  simulation: Simulation,
  options: { readonly host: string; readonly port: number },
): Promise<SimulationServer> {
  const server = createServer((request, response) => {
    answer(request, response, simulation).catch((error: unknown) => refuse(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  simulation: Simulation,
): Promise<void> {
  checkCaller(request);
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "GET" && pathname === "/health") return send(response, 200, { status: "ok" });
  if (request.method === "GET" && pathname === "/api/simulation")
    return send(response, 200, simulation.state());
  if (request.method === "GET" && pathname === "/api/devices")
    return send(response, 200, { items: simulation.state().devices, next: null });
  if (request.method === "POST") {
    await change(pathname, await readBody(request), simulation);
    return send(response, 200, simulation.state());
  }
  throw unknown(pathname);
}

async function change(path: string, body: Body, simulation: Simulation): Promise<void> {
  const device = /^\/api\/devices\/([^/]{1,200})\/enabled$/.exec(path)?.[1];
  if (device !== undefined) {
    const { enabled } = body;
    if (typeof enabled !== "boolean") throw bad("enabled is true or false");
    return simulation.setEnabled(decode(device), enabled);
  }
  switch (path) {
    case "/api/simulation/start":
      return simulation.start();
    case "/api/simulation/pause":
      return simulation.pause();
    case "/api/simulation/speed":
      return simulation.setSpeed(readNumber(body, "factor", SPEED));
    case "/api/simulation/message-rate":
      return simulation.setMessageRate(readNumber(body, "perSecond", { least: 0, most: RATE_MAX }));
    case "/api/simulation/attachment-rate":
      readNumber(body, "percent", { least: 0, most: 100 });
      throw new Refusal(
        501,
        "FILES_NOT_YET",
        "messages carry no files yet, so none can be attached",
        "Use message-rate; attachments come with files.",
      );
    case "/api/simulation/partition":
      return simulation.setPartition(readLinks(body["links"]));
    default:
      throw unknown(path);
  }
}

function readNumber(body: Body, name: string, { least, most }: { least: number; most: number }): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isFinite(value) || value < least || value > most)
    throw bad(`${name} is a number from ${least} to ${most}`);
  return value;
}

/** Pairs, or objects with a and b: ids or names of devices. */
function readLinks(value: unknown): (readonly [string, string])[] {
  if (!Array.isArray(value) || value.length > LINKS_MAX)
    throw bad(`links is a list of at most ${LINKS_MAX} pairs`);
  return value.map((link: unknown) => {
    const [one, other] = Array.isArray(link)
      ? (link as unknown[])
      : typeof link === "object" && link !== null
        ? [(link as Body)["a"], (link as Body)["b"]]
        : [];
    if (typeof one !== "string" || typeof other !== "string" || one === other)
      throw bad('a link is ["ID", "ID"] or {"a": "ID", "b": "ID"}, of two devices');
    return [one, other] as const;
  });
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX)
      throw new Refusal(413, "TOO_LARGE", `a body has at most ${BODY_BYTES_MAX} bytes`, "Send less at once.");
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw bad("a body is JSON, with content-type: application/json");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw bad("the body is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("the body is a JSON object");
  return value as Body;
}

/** Only programs and pages of this machine: a name that somebody points at it is not its own. */
function checkCaller({ headers }: IncomingMessage): void {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  if (!["127.0.0.1", "localhost", "[::1]"].includes(host) || headers.origin !== undefined)
    throw new Refusal(
      403,
      "FORBIDDEN",
      "the simulation service answers programs of this machine alone",
      "Call it by http://127.0.0.1, and not from a web page.",
    );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw bad("the device's name is not encoded as a part of a path", { cause });
  }
}

function bad(message: string, options?: ErrorOptions): Refusal {
  const refusal = new Refusal(400, "BAD_INPUT", message, "See docs/simulation.md for what each call takes.");
  if (options?.cause !== undefined) refusal.cause = options.cause;
  return refusal;
}

function unknown(path: string): Refusal {
  return new Refusal(
    404,
    "NOT_FOUND",
    `there is nothing at ${path}`,
    "See docs/simulation.md for the calls.",
  );
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof Refusal) {
    const { status, code, message, next } = error;
    send(response, status, { error: { code, message, next } });
  } else if (error instanceof UnknownDevice) {
    const next = "GET /api/devices lists them.";
    send(response, 404, { error: { code: "UNKNOWN_DEVICE", message: error.message, next } });
  } else {
    const message = error instanceof Error ? error.message : String(error);
    send(response, 500, { error: { code: "FAILED", message, next: "See what the program printed." } });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    })
    .end(JSON.stringify(body));
}
