/// <reference lib="dom" />
/**
 * A page of somebody else, and all that it can do to a node whose person is signed in in the same browser. What runs
 * in the page is one function, so that it needs nothing of ours there.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ForeignServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves an empty page at every path, under whichever name it is asked. */
export async function startForeignServer(): Promise<ForeignServer> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>elsewhere</title><body></body>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What was tried, and what came of it: "refused", or what the page got. */
export type Tried = Readonly<Record<string, string>>;

/** Runs in the page. `space` is one of the person's. */
export async function tryEverything({ node, space }: { node: string; space: string }): Promise<Tried> {
  const tried: Record<string, string> = {};
  const socketUrl = node.replace("http", "ws");
  const json = JSON.stringify({ space, channel: "general", text: "forged" });

  async function note(what: string, attempt: () => Promise<string | null>): Promise<void> {
    // What a policy of the browser stops may end without a word.
    const silence = new Promise<null>((resolve) => setTimeout(() => resolve(null), 5_000));
    try {
      tried[what] = (await Promise.race([attempt(), silence])) ?? "refused";
    } catch {
      tried[what] = "refused";
    }
  }

  const read = (init: RequestInit) => async (): Promise<string | null> => {
    const answer = await fetch(`${node}/api/spaces`, { credentials: "include", ...init });
    const text = await answer.text();
    return text === "" ? null : text;
  };
  await note("fetch", read({}));
  await note("fetch without CORS", read({ mode: "no-cors" }));
  await note("fetch with a header", read({ headers: { "x-own": "1" } }));
  await note("fetch that follows from nowhere", read({ referrerPolicy: "no-referrer" }));

  /** Whether it arrived is seen at the node; here nothing may be readable. */
  const change = (method: string, path: string, init: RequestInit) => async (): Promise<string | null> => {
    const answer = await fetch(node + path, { method, credentials: "include", ...init });
    return answer.ok ? `answered ${answer.status}` : null;
  };
  for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
    const headers = { "content-type": type };
    await note(`POST of ${type}`, change("POST", "/api/messages", { headers, body: json }));
    await note(
      `blind POST of ${type}`,
      change("POST", "/api/messages", { mode: "no-cors", headers, body: json }),
    );
  }
  await note("POST without a body", change("POST", "/api/reset", {}));
  await note("blind POST without a body", change("POST", "/api/reset", { mode: "no-cors" }));
  await note("PATCH", change("PATCH", "/api/me", { body: '{"name":"Mallory"}' }));
  await note("DELETE", change("DELETE", `/api/spaces/${space}`, {}));
  await note("POST to GraphQL", change("POST", "/graphql", { body: '{"query":"{ status { name } }"}' }));
  // A query may stand in the address, and what is asked so needs no leave: no body, no header of its own.
  const inAddress = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;
  const graphqlGets = {
    query: inAddress("{ me { name } spaces { name } messages(limit: 9) { items { text } } }"),
    mutation: inAddress(
      `mutation { postMessage(space: "${space}", channel: "general", text: "forged") { id } }`,
    ),
    subscription: inAddress('subscription { log(since: "0") { cursor data } }'),
  };
  for (const [what, path] of Object.entries(graphqlGets)) {
    const get = (init: RequestInit) => async (): Promise<string | null> => {
      const answer = await fetch(node + path, { credentials: "include", ...init });
      const text = await answer.text();
      return text === "" ? null : text;
    };
    await note(`GET of a GraphQL ${what}`, get({}));
    await note(`GET of a GraphQL ${what} without CORS`, get({ mode: "no-cors" }));
    await note(`GET of a GraphQL ${what} as a stream`, get({ headers: { accept: "text/event-stream" } }));
  }
  await note("beacon", async () => {
    navigator.sendBeacon(`${node}/api/reset`);
    return null;
  });

  const socket = (path: string, protocols: string[]) => (): Promise<string | null> =>
    new Promise((resolve) => {
      const ws = new WebSocket(socketUrl + path, protocols);
      ws.addEventListener("open", () => resolve("opened"));
      ws.addEventListener("close", () => resolve(null));
    });
  await note("WebSocket", socket("/api/ws?since=0", []));
  await note("WebSocket with the subprotocol", socket("/api/ws?since=0", ["kith"]));
  await note("WebSocket of GraphQL", socket("/graphql", ["graphql-transport-ws"]));

  await note(
    "EventSource",
    () =>
      new Promise((resolve) => {
        const source = new EventSource(`${node}/api/events?since=0`, { withCredentials: true });
        source.addEventListener("message", ({ data }) => resolve(String(data)));
        source.addEventListener("open", () => resolve("opened"));
        source.addEventListener("error", () => (source.close(), resolve(null)));
      }),
  );

  const include = (tag: "img" | "script" | "link", path: string) => (): Promise<string | null> =>
    new Promise((resolve) => {
      const element = document.createElement(tag);
      element.addEventListener("load", () => resolve("loaded"));
      element.addEventListener("error", () => resolve(null));
      if (element instanceof HTMLLinkElement) {
        element.rel = "stylesheet";
        element.href = node + path;
      } else element.src = node + path;
      document.body.append(element);
    });
  for (const tag of ["img", "script", "link"] as const) {
    await note(`${tag} of messages`, include(tag, "/api/messages"));
    await note(`${tag} of the page`, include(tag, "/"));
    for (const [what, path] of Object.entries(graphqlGets))
      await note(`${tag} of a GraphQL ${what}`, include(tag, path));
  }

  const frame = (prepare: (frame: HTMLIFrameElement) => void): Promise<HTMLIFrameElement> =>
    new Promise((resolve) => {
      const element = document.createElement("iframe");
      element.name = `f${document.querySelectorAll("iframe").length}`;
      element.addEventListener("load", () => resolve(element));
      document.body.append(element);
      prepare(element);
    });
  await note("frame of the page", async () => {
    const { contentWindow } = await frame((element) => (element.src = node));
    // Each frame of the app's own, were it shown, would count here; what it holds cannot be read in any case.
    return contentWindow?.length === 0 ? null : "framed";
  });
  for (const [what, path] of Object.entries(graphqlGets)) {
    await note(`frame of a GraphQL ${what}`, async () => {
      const { contentDocument } = await frame((element) => (element.src = node + path));
      // Of the same origin, as a rebound name is, it could be read.
      return contentDocument?.body?.textContent || null;
    });
  }
  for (const [path, enctype] of [
    ["/graphql", "text/plain"],
    ["/api/messages", "text/plain"],
    ["/api/reset", "application/x-www-form-urlencoded"],
    ["/api/spaces", "multipart/form-data"],
    ["/api/reset", "text/plain"],
  ] as const) {
    await note(`form as ${enctype} to ${path}`, async () => {
      await frame((element) => {
        const form = document.createElement("form");
        form.method = "post";
        form.action = node + path;
        form.enctype = enctype;
        form.target = element.name;
        const field = document.createElement("input");
        field.name = '{"name":"forged","query":"mutation { setOnline(online: false) }","a":"';
        field.value = '"}';
        form.append(field);
        document.body.append(form);
        form.submit();
      });
      return null;
    });
  }
  return tried;
}
