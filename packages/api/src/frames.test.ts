import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { frameTexts } from "./frames.ts";

test.each([false, true])(
  "[HT9] [HT73] texts of every length come out of a WebSocket as laid out, packed: %s",
  async (packs) => {
    const texts = [
      "",
      "a",
      "x".repeat(125),
      "x".repeat(126),
      "é".repeat(63),
      "y".repeat(65_535),
      "z".repeat(65_536),
      "🪢",
      randomBytes(4_000).toString("latin1"),
    ];
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: packs });
    onTestFinished(() => server.close());
    server.on("connection", (_, { socket }) => socket.write(frameTexts(texts, { packs })));
    await once(server, "listening");
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => client.terminate());
    const got: string[] = [];
    client.on("message", (data: Buffer, isBinary) => {
      got.push(isBinary ? "binary" : data.toString());
      if (got.length === texts.length) client.close();
    });
    await once(client, "close");
    expect(got).toEqual(texts);
  },
);

test("[HT73] only what becomes smaller is packed, and alike wherever it stands among others", () => {
  const [long, short] = ["again ".repeat(1_000), "x".repeat(1_023)];
  const noise = randomBytes(2_000).toString("base64");
  expect(frameTexts([long], { packs: true }).length).toBeLessThan(200);
  expect(frameTexts([short], { packs: true })).toEqual(frameTexts([short]));
  expect(frameTexts([long, noise, long], { packs: true })).toEqual(
    Buffer.concat([long, noise, long].map((text) => frameTexts([text], { packs: true }))),
  );
});
