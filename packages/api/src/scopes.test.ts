import { expect, test } from "vitest";
import type { Scope } from "./auth.ts";
import { issueToken, send, startTestServer } from "./testing/index.ts";

/** Who may call what: the one table of it. A route that is not here fails, as does a line without a route. */
const table: Readonly<Record<string, Scope | null>> = {
  "get /health": null,
  "get /sign-in": null,
  "get /openapi.json": "read",
  "get /docs": "read",
  "get /api/status": "read",
  "get /api/me": "read",
  "get /api/peers": "read",
  "get /api/verify": "read",
  "get /api/doctor": "read",
  "get /api/ws": "read",
  "get /api/events": "read",
  "get /api/poll": "read",
  "get /api/messages": "read",
  "get /api/messages/{id}": "read",
  "get /api/messages/{id}/edits": "read",
  "get /api/messages/{id}/delivery": "read",
  "post /api/messages/{id}/report": "send",
  "get /api/spaces/{space}/reports": "read",
  "post /api/reports/{id}/handled": "manage",
  "post /api/messages/{id}/pin": "send",
  "delete /api/messages/{id}/pin": "send",
  "get /api/spaces/{space}/channels/{channel}/pins": "read",
  "get /api/conversations": "read",
  "get /api/settings": "read",
  "get /api/spaces": "read",
  "get /api/spaces/{space}": "read",
  "get /api/spaces/{space}/channels": "read",
  "get /api/spaces/{space}/members": "read",
  "get /api/spaces/{space}/channels/{channel}/members": "read",
  "get /api/devices": "read",
  "get /api/people/{person}/avatar": "read",
  "get /api/people/{person}/safety-number": "read",
  "get /api/people/{person}/verification": "read",
  "put /api/people/{person}/verification": "manage",
  "delete /api/people/{person}/verification": "manage",
  "get /api/link": "read",
  "get /api/recovery": "read",
  "get /api/joins": "read",
  "get /api/join-requests": "read",
  "get /api/people": "read",
  "get /api/requests": "read",
  "get /api/blocks": "read",
  "post /api/messages": "send",
  "post /api/messages/batch": "send",
  "patch /api/messages/{id}": "send",
  "delete /api/messages/{id}": "send",
  "post /api/messages/{id}/reactions": "send",
  "delete /api/messages/{id}/reactions/{emoji}": "send",
  "put /api/conversations/{channel}/draft": "send",
  "put /api/conversations/{channel}/place": "send",
  "put /api/conversations/{channel}/read": "send",
  "put /api/conversations/{channel}/muted": "send",
  "put /api/spaces/{space}/muted": "send",
  "post /api/direct": "manage",
  "post /api/spaces/{space}/asked": "manage",
  "post /api/requests/{id}/accept": "manage",
  "post /api/requests/{id}/decline": "manage",
  "put /api/blocks/{person}": "manage",
  "delete /api/blocks/{person}": "manage",
  "post /api/spaces": "manage",
  "patch /api/spaces/{space}": "manage",
  "post /api/spaces/{space}/channels": "manage",
  "patch /api/spaces/{space}/channels/{channel}": "manage",
  "post /api/spaces/{space}/channels/{channel}/members": "manage",
  "delete /api/spaces/{space}/channels/{channel}/members/{person}": "manage",
  "post /api/spaces/{space}/leave": "manage",
  "patch /api/spaces/{space}/members/{person}": "manage",
  "delete /api/spaces/{space}/members/{person}": "manage",
  "delete /api/spaces/{space}/members/{person}/overturned": "manage",
  "get /api/spaces/{space}/invites": "manage",
  "post /api/spaces/{space}/invites": "manage",
  "delete /api/spaces/{space}/invites/{id}": "manage",
  "post /api/join": "manage",
  "delete /api/joins/{invite}": "manage",
  "post /api/join-requests": "manage",
  "post /api/join-requests/{id}/refuse": "manage",
  "post /api/devices/links": "admin",
  "get /api/devices/links": "admin",
  "delete /api/devices/links": "admin",
  "post /api/devices/links/confirm": "admin",
  "patch /api/devices/{id}": "admin",
  "delete /api/devices/{id}": "admin",
  "post /api/link": "admin",
  "post /api/recovery/words": "admin",
  "post /api/recovery/check": "admin",
  "post /api/recovery/forget": "admin",
  "post /api/recovery/dismiss": "admin",
  "post /api/backup": "admin",
  "post /api/backup/uploads": "admin",
  "post /api/backup/check": "admin",
  "post /api/restore": "admin",
  "patch /api/me": "admin",
  "patch /api/settings": "admin",
  "post /api/device-status": "admin",
  "post /api/peers/connect": "admin",
  "post /api/peers/{id}/disconnect": "admin",
  "post /api/reset": "admin",
  "post /api/sign-in-links": "admin",
  "get /api/stats": "read",
  "get /metrics": "read",
  "get /api/search": "read",
  "post /api/broadcast": "send",
  "post /api/typing": "send",
  "get /api/tokens": "admin",
  "post /api/tokens": "admin",
  "delete /api/tokens/{id}": "admin",
  "get /api/passphrase": "admin",
  "put /api/passphrase": "admin",
  "delete /api/passphrase": "admin",
  "post /api/lock": "admin",
  "post /api/unlock": null,
  "post /api/awake": "admin",
};

test("[HT3] [HT54] every route asks for the scope that the table names, and for no less", async () => {
  const node = await startTestServer();
  try {
    const { paths } = (await send(`${node.server.url}/openapi.json`, { token: node.token })).json<{
      paths: Record<string, object>;
    }>();
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.toSorted()).toEqual(Object.keys(table).toSorted());
    const scopes: readonly Scope[] = ["admin", "manage", "read", "send"];
    const tokens = new Map<Scope, string>();
    for (const scope of scopes) tokens.set(scope, await issueToken(node.auth, { scope, ttlMs: 60_000 }));
    for (const [route, needed] of Object.entries(table)) {
      const [method = "", path = ""] = route.split(" ");
      // An empty cursor is unknown: streams answer instead of beginning.
      const url = `${node.server.url}${path.replaceAll(/\{\w+\}/g, "x")}?since=`;
      const ask = (token?: string) =>
        send(url, { method: method.toUpperCase(), ...(token === undefined ? null : { token }) });
      expect((await ask()).code === "TOKEN_MISSING", route).toBe(needed !== null);
      for (const [scope, token] of tokens) {
        const isEnough = needed === null || scope === "admin" || scope === needed;
        const { code } = await ask(token);
        expect(code === "SCOPE_TOO_SMALL", `${route} with ${scope}`).toBe(!isEnough);
      }
    }
  } finally {
    await node.server.close();
  }
});

test("[HT107] what is still to come says so, to who may call at all", async () => {
  const node = await startTestServer();
  const ask = async (method: string, path: string, token: string | undefined) => {
    const { status, code } = await send(`${node.server.url}${path}`, {
      method,
      ...(token !== undefined && { token }),
    });
    return [status, code];
  };
  for (const [method, path] of [
    ["POST", "/api/files"],
    ["GET", "/api/files/abc"],
    ["GET", "/api/files?x=1"],
  ] as const) {
    expect(await ask(method, path, node.token)).toEqual([501, "NOT_YET"]);
    expect(await ask(method, path, undefined)).toEqual([401, "TOKEN_MISSING"]);
  }
  expect(await ask("GET", "/api/filesystem", node.token)).toEqual([404, "UNKNOWN_ROUTE"]);
  await node.server.close();
});
