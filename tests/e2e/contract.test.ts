/**
 * The whole table of calls on real nodes: processes with their stores on disk, asked rightly and wrongly. What the
 * surface is made of is read from the node's own description, so that no route is forgotten.
 */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { send } from "@kith/api/testing";
import type { Answer } from "@kith/api/testing";
import { ERROR_STATUS, errorBody } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, startAgain } from "../support/kith-process.ts";
import { readDescription } from "../support/contract/description.ts";
import type { Description, Operation } from "../support/contract/description.ts";
import { steps } from "../support/contract/right.ts";
import type { Request } from "../support/contract/right.ts";
import { readState } from "../support/contract/state.ts";
import { makeWorld } from "../support/contract/world.ts";
import type { World } from "../support/contract/world.ts";
import { pathOf, wrongCalls } from "../support/contract/wrong.ts";
import type { Tokens, Wrong } from "../support/contract/wrong.ts";

let world: World;
let description: Description;
const rights = new Map<string, Request>();

beforeAll(async () => {
  world = await makeWorld();
  description = await readDescription(world.ann.url, world.ann.token);
}, 300_000);

afterAll(endEverything);

function operationOf(name: string): Operation {
  const found = description.operations.find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`the node describes no "${name}"`);
  return found;
}

/** A stream's beginning: its status and type, and not its end. */
async function beginStream(url: string, token: string, isSocket: boolean): Promise<Answer> {
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const asked = httpRequest(url, {
    headers: { authorization: `Bearer ${token}`, ...(isSocket ? upgrade : null) },
  });
  asked.end();
  const [response] = (await once(asked, isSocket ? "upgrade" : "response")) as [
    { statusCode: number; headers: Answer["headers"] },
  ];
  asked.destroy();
  return {
    status: response.statusCode,
    headers: response.headers,
    text: "",
    code: null,
    json: () => undefined as never,
  };
}

const streams = new Set(["get /api/events", "get /api/ws"]);

test("[HT90] every call that a node describes has a right request here, and every request a call", () => {
  expect(steps.map(({ call }) => call).toSorted()).toEqual(
    description.operations.map(({ name }) => name).toSorted(),
  );
});

test("[HT90] asked rightly, every call of a real node answers with its status and the body that it describes", async () => {
  for (const { call, before, request, after } of steps) {
    const operation = operationOf(call);
    await before?.(world);
    const asked = request(world);
    const { url, token } = world[asked.of ?? "ann"];
    const path = pathOf(operation, asked);
    const answer = streams.has(call)
      ? await beginStream(url + path, token, call === "get /api/ws")
      : await send(url + path, {
          method: operation.method,
          token,
          body: asked.file ?? asked.body,
          ...(asked.file && { headers: { "content-type": "application/octet-stream" } }),
        });
    expect(answer.status, `${call}: ${answer.text}`).toBe(operation.statuses[0]);
    const [type = ""] = (answer.headers["content-type"] ?? "").split(";");
    expect(type, call).toBe(operation.type ?? "");
    if (type === "application/json") {
      const body: unknown = answer.text === "" ? undefined : answer.json();
      expect(description.answerProblems(operation, answer.status, body), call).toEqual([]);
    }
    await after?.(world, answer);
    rights.set(call, asked);
  }
}, 600_000);

function expectRefused(answer: Answer, { what, statuses, codes, method, path }: Wrong): void {
  const told = `${method} ${path.slice(0, 120)} with ${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
  expect(statuses, told).toContain(answer.status);
  const { error } = errorBody.strict().parse(answer.json());
  expect(Object.keys(error), told).toEqual(["code", "message", "next"]);
  expect(ERROR_STATUS, told).toHaveProperty(error.code, answer.status);
  if (codes !== undefined) expect(codes, told).toContain(error.code);
  expect(error.message, told).toMatch(/\S/);
  expect(error.next, told).toMatch(/\S/);
  // What was sent does not come back to be shown: it may be anything.
  expect(answer.text.length, told).toBeLessThan(2_000);
}

async function makeTokens(): Promise<Tokens> {
  const make = async (scope: string): Promise<string> =>
    (await world.ask<{ token: string }>("ann", "POST", "/api/tokens", { scope, ttl: "1h" })).token;
  return { admin: world.ann.token, read: await make("read"), send: await make("send") };
}

test("[HT91] asked wrongly, every call refuses in the one shape, and nothing is lost or made by it", async () => {
  const tokens = await makeTokens();
  const { url, token } = world.ann;
  const before = await readState(world, "ann");
  const failures: string[] = [];
  let asked = 0;
  for (const operation of description.operations) {
    const right = rights.get(operation.name);
    if (right === undefined) throw new Error(`${operation.name} was not asked rightly`);
    for (const wrong of wrongCalls(description, operation, right, tokens)) {
      const credential = wrong.token === null ? undefined : (wrong.token ?? token);
      const answer = await send(url + wrong.path, {
        method: wrong.method,
        body: wrong.body,
        ...(wrong.headers === undefined ? null : { headers: wrong.headers }),
        ...(credential === undefined ? null : { token: credential }),
      });
      asked += 1;
      try {
        expectRefused(answer, wrong);
      } catch (error) {
        failures.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
      }
    }
  }
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(2_000);
  expect(await readState(world, "ann")).toEqual(before);
}, 600_000);

/** Whether a path, read as an address, is one of the other's. */
const fits = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);

test("[HT91] a method that a path does not know is 404 in the one shape", async () => {
  const { url, token } = world.ann;
  const paths = Map.groupBy(description.operations, ({ path }) => path);
  const before = await readState(world, "ann");
  for (const [path, known] of paths) {
    const right = rights.get(known[0]?.name ?? "") ?? {};
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      if (known.some((operation) => operation.method === method)) continue;
      const [first] = known;
      // Outside the API lie pages of the app; and "links" could be the id of a device.
      if (first === undefined || (method === "GET" && first.isOpen)) continue;
      if (description.operations.some((other) => other.method === method && fits(other.path, path))) continue;
      const answer = await send(url + pathOf(first, right), { method, token });
      expect([answer.status, answer.code], `${method} ${path}`).toEqual([404, "UNKNOWN_ROUTE"]);
    }
  }
  expect(await readState(world, "ann")).toEqual(before);
}, 600_000);

test("[HT92] what is written in any script comes back as it was written, from the store of a restarted node too", async () => {
  const texts = [
    "\u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627",
    "\u202Eright to left\u202C \u2066isolate\u2069",
    "NUL \u0000 and bell \u0007 and \u001B[31m",
    "\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u{1F9D7}\u{1F3FD} \u{20000}",
    "e\u0301 is not \u00E9, \uFB01 is not fi",
    "\uFEFF\uFFFE\uFFFF\u{10FFFF}",
    " line\r\nbreaks\u2028stay\t ",
    "</script><img src=x onerror=alert(1)> {{7*7}} ${7*7} %s",
    "x".repeat(16_384),
  ];
  const written: string[] = [];
  for (const [n, text] of texts.entries()) {
    const { id } = await world.ask<{ id: string }>("ann", "POST", "/api/messages", {
      space: "Quay",
      channel: "general",
      text,
      clientId: `w\u0000\u{1F9D7}${n}`,
    });
    written.push(id);
  }
  const read = (id: string) =>
    world.ask<{ text: string; clientId?: string }>("ann", "GET", `/api/messages/${id}`);
  const all = async (): Promise<unknown> =>
    Promise.all(written.map(async (id) => [(await read(id)).text, (await read(id)).clientId]));
  const wanted = texts.map((text, n) => [text, `w\u0000\u{1F9D7}${n}`]);
  expect(await all()).toEqual(wanted);
  const before = await readState(world, "ann");
  await world.ann.node.stop();
  await startAgain(world.ann.node);
  expect(await all()).toEqual(wanted);
  const after = await readState(world, "ann");
  // Joins and links that were under way are of the process.
  expect(after).toEqual(before);
}, 600_000);
