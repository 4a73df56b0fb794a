import { startTestServer } from "@kith/api/testing";
import { expect, test } from "vitest";
import { createKithClient } from "./index.ts";

const locked = { error: { code: "LOCKED", message: "this node is locked", next: "unlock it" } };

test("[CL16] a locked node is waited for: what was written goes out and streams begin once it is open, and calls say why not before", async () => {
  const at = await startTestServer();
  try {
    let isLocked = true;
    let asked = 0;
    const client = createKithClient({
      url: at.server.url,
      token: at.token,
      WebSocket: null,
      fetch(input, init) {
        if (!isLocked) return fetch(input, init);
        asked += 1;
        return Promise.resolve(Response.json(locked, { status: 423 }));
      },
    });
    const space = await at.service.createSpace({ name: "Climbing" });
    const message = { space: space.id, channel: "general", text: "written meanwhile" };
    const heard: string[] = [];
    const ends: unknown[] = [];
    const end = client.subscribe(
      { since: at.service.cursor() },
      ({ type }) => heard.push(type),
      (error) => ends.push(error),
    );
    client.outbox.send(message);
    await expect(client.status()).rejects.toMatchObject({ status: 423, code: "LOCKED" });
    await expect(client.post(message, { retryForMs: 0 })).rejects.toMatchObject({ code: "LOCKED" });
    await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(5);
    expect(client.outbox.list()).toMatchObject([
      { post: { text: "written meanwhile" }, state: expect.stringMatching(/waiting|sending/) as string },
    ]);
    expect(ends).toEqual([]);
    isLocked = false;
    await expect.poll(() => client.outbox.list(), { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => heard, { timeout: 30_000 }).toContain("message");
    end();
  } finally {
    await at.server.close();
  }
}, 120_000);
