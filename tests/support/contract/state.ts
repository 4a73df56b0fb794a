/** All that a node holds for its person, without what moves by itself, so that two looks can be compared. */
import type { Actor, List, World } from "./world.ts";

const lists = [
  "/api/spaces",
  "/api/conversations",
  "/api/settings",
  "/api/me",
  "/api/blocks",
  "/api/tokens",
  "/api/devices",
  "/api/devices/links",
  "/api/people",
  "/api/requests",
  "/api/joins",
  "/api/join-requests",
  "/api/link",
  "/api/recovery",
];
/** How many have it, and who is connected, is told as it comes. */
const moving = new Set(["delivery", "connected", "rttMs", "lastSeen"]);

/** Who is merely near comes and goes with the beacon. */
const isNear = (value: unknown): boolean => {
  const { common, direct } = Object(value) as { common?: unknown; direct?: unknown };
  return Array.isArray(common) && common.length === 0 && direct === null;
};

function still(key: string, value: unknown): unknown {
  if (moving.has(key)) return undefined;
  return key === "items" && Array.isArray(value) ? value.filter((item) => !isNear(item)) : value;
}

export async function readState({ ask }: Pick<World, "ask">, of: Actor): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  const read = async (path: string): Promise<unknown> => {
    const answer = await ask<unknown>(of, "GET", path);
    state[path] = JSON.stringify(answer, still);
    return answer;
  };
  for (const path of lists) await read(path);
  const { items } = await ask<List>(of, "GET", "/api/spaces");
  for (const { id, channels } of items) {
    await read(`/api/spaces/${String(id)}/members`);
    if (!state["/api/spaces"]?.includes('"state":"removed"')) await read(`/api/spaces/${String(id)}/invites`);
    for (const channel of channels as readonly { id: string; private: boolean }[]) {
      await read(`/api/messages?space=${String(id)}&channel=${channel.id}&limit=500`);
      if (channel.private) await read(`/api/spaces/${String(id)}/channels/${channel.id}/members`);
    }
  }
  return state;
}
