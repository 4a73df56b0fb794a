import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { frameTexts } from "./frames.ts";

test("[HT9] texts of every length come out of a WebSocket as they were laid out for it", async () => {
  const texts = [
    "",
    "a",
    "x".repeat(125),
    "x".repeat(126),
    "é".repeat(63),
    "y".repeat(65_535),
    "z".repeat(65_536),
    "🪢",
  ];
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  server.on("connection", (_, { socket }) => socket.write(frameTexts(texts)));
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
});
