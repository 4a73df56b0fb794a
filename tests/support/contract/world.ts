/** Eight people's nodes as processes, and what the steps through the surface learn of them. */
import { send } from "@kith/api/testing";
import type { Answer } from "@kith/api/testing";
import { startNode } from "../kith-process.ts";
import type { RunningKith } from "../kith-process.ts";
import type { Json } from "./description.ts";

const actors = ["ann", "bob", "cem", "dee", "eva", "fay", "gil", "hal"] as const;
export type Actor = (typeof actors)[number];

export interface Who {
  readonly node: RunningKith;
  readonly url: string;
  readonly token: string;
  readonly person: string;
  readonly device: string;
  readonly peerPort: number;
}

export interface List {
  readonly items: readonly Readonly<Record<string, unknown>>[];
}

const names = [
  "space",
  "channel",
  "private",
  "invite",
  "link",
  "spare",
  "message",
  "gone",
  "reported",
  "report",
  "code",
  "token",
  "request",
  "group",
  "last",
  "waiting",
  "unwanted",
  "pending",
  "offer",
  "digits",
  "words",
  "file",
  "upload",
] as const;

export interface World extends Readonly<Record<Actor, Who>> {
  /** What has been learnt so far; "none yet" before. */
  readonly ids: Record<(typeof names)[number], string>;
  /** The body of a 2xx answer; throws with the node's own words at any other. */
  ask<T>(of: Actor, method: string, path: string, body?: Json): Promise<T>;
  /** Asked again until it holds; throws long after any machine would have come to it. */
  until(of: Actor, path: string, holds: (list: List) => boolean): Promise<List>;
  makeSpace(of: Actor, body: Json): Promise<string>;
  /** For one, by the space's name. */
  invite(of: Actor, space: string): Promise<{ readonly id: string; readonly link: string }>;
  join(of: Actor, link: string): Promise<void>;
  /** wait (default true): until the others have noticed. */
  setOnline(of: Actor, online: boolean, options?: { readonly wait?: boolean }): Promise<void>;
}

const AGAIN_MS = 50;
const UNTIL_MS = 90_000;

export async function makeWorld(): Promise<World> {
  const all = await Promise.all(
    actors.map(async (name): Promise<[Actor, Who]> => {
      const node = await startNode({ name: name[0]?.toUpperCase() + name.slice(1) });
      const { apiToken: token, port, peerPort } = node.ready;
      const url = `http://127.0.0.1:${port}`;
      const me = (await send(`${url}/api/me`, { token })).json<{ person: string }>();
      return [name, { node, url, token, peerPort, person: me.person, device: node.ready.deviceId }];
    }),
  );
  const people = Object.fromEntries(all) as Record<Actor, Who>;

  async function ask<T>(of: Actor, method: string, path: string, body?: Json): Promise<T> {
    const { url, token } = people[of];
    const answer: Answer = await send(url + path, { method, token, body });
    if (answer.status >= 300) throw new Error(`${of}: ${method} ${path} answered ${answer.text}`);
    return answer.text === "" ? (null as T) : answer.json<T>();
  }

  async function until(of: Actor, path: string, holds: (list: List) => boolean): Promise<List> {
    const endMs = performance.now() + UNTIL_MS;
    for (;;) {
      const list = await ask<List>(of, "GET", path);
      if (holds(list)) return list;
      if (performance.now() > endMs)
        throw new Error(`${of} never came to it: ${path} says ${JSON.stringify(list)}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  return {
    ...people,
    ids: Object.fromEntries(names.map((name) => [name, "none yet"])) as World["ids"],
    ask,
    until,
    makeSpace: async (of, body) => (await ask<{ id: string }>(of, "POST", "/api/spaces", body)).id,
    invite: (of, space) => ask(of, "POST", `/api/spaces/${encodeURIComponent(space)}/invites`, { uses: 1 }),
    async join(of, link) {
      const { step } = await ask<{ step?: string }>(of, "POST", "/api/join", { link, waitMs: 60_000 });
      if (step !== undefined) throw new Error(`${of} has come no further than ${step}`);
    },
    async setOnline(of, online, { wait = true } = {}) {
      await ask(of, "POST", "/api/device-status", { online });
      if (wait) await until(of, "/api/peers", ({ items }) => items.length > 0 === online);
    },
  };
}
