/** Posts each message of a space to an address, and says in it what is posted here. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createKithClient } from "@kith/client";

const {
  KITH_URL: url = "http://127.0.0.1:8888",
  KITH_TOKEN: token,
  KITH_SPACE: spaceName = "",
  KITH_CHANNEL: channel = "general",
  WEBHOOK_URL: webhook = "",
  CURSOR_FILE: cursorFile = "webhook-bridge.cursor",
  PORT: port = "9090",
} = process.env;
const BODY_BYTES_MAX = 65_536;
const kith = createKithClient({ url, token });
const space = await kith.space(spaceName);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

function readCursor() {
  try {
    return readFileSync(cursorFile, "utf8").trim();
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function writeCursor(cursor) {
  writeFileSync(`${cursorFile}.new`, cursor);
  renameSync(`${cursorFile}.new`, cursorFile);
}

/** Until it is taken: what comes after it waits. */
async function deliver(message) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { ok } = await fetch(webhook, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": message.id },
        body: JSON.stringify(message),
        signal: stop.signal,
      });
      if (ok) return;
    } catch (error) {
      if (stop.signal.aborted) throw error;
    }
    await sleep(Math.min(10_000, 100 * 2 ** attempt), undefined, { signal: stop.signal });
  }
}

async function readBody(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError("the body is too large");
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

/** What a page in a browser could send, or reach by a name of its own that it points here. */
function isFromPage({ headers }) {
  const host = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.host ?? "");
  const json = /^application\/json\b/i.test(headers["content-type"] ?? "");
  return headers.origin !== undefined || !host || !json;
}

const server = createServer((request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (isFromPage(request)) {
    answer(403, { error: "post application/json from a program on this machine" });
    return;
  }
  readBody(request)
    .then(({ text }) => kith.post({ space: space.id, channel, text }))
    .then(
      ({ id }) => answer(201, { id }),
      (error) => answer(400, { error: error.message }),
    );
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

const since = readCursor();
kith.on("connect", ({ cursor }) => {
  // Where it begins is kept too: what is said before the first message is handed over is not forgotten.
  if (readCursor() === undefined) writeCursor(cursor);
  console.log("following");
});
try {
  for await (const { cursor, type, data } of kith.entries({ since, signal: stop.signal })) {
    if (type === "message" && data.space === space.id) await deliver(data);
    writeCursor(cursor);
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
server.close();
server.closeAllConnections();
