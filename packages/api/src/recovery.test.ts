import { backupReport, backupUpload, errorBody, recovery, recoveryWords, restored } from "@kith/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;

const call = (method: string, at: string, body?: unknown, headers = {}): Promise<Answer> =>
  send(node.server.url + at, { method, token: node.token, body, headers });
const upload = (bytes: string): Promise<Answer> =>
  call("POST", "/api/backup/uploads", bytes, { "content-type": "application/octet-stream" });

beforeEach(async () => {
  node = await startTestServer();
});

afterEach(() => node.server.close());

test("[HT85] words are shown, checked by some of them, and taken off the node", async () => {
  expect(recovery.strict().parse((await call("GET", "/api/recovery")).json())).toMatchObject({
    rootHere: true,
    checked: null,
    nudge: true,
  });
  const { words } = recoveryWords.strict().parse((await call("POST", "/api/recovery/words")).json());
  expect(words).toHaveLength(24);
  expect((await call("POST", "/api/recovery/forget")).code).toBe("WORDS_UNCHECKED");
  const wrong = await call("POST", "/api/recovery/check", { words: [{ at: 1, word: "zoo" }] });
  expect([wrong.status, wrong.code]).toEqual([409, "WORDS_WRONG"]);
  const right = { words: [1, 2, 24].map((at) => ({ at, word: words[at - 1] })) };
  const checked = await call("POST", "/api/recovery/check", right);
  expect(recovery.parse(checked.json())).toMatchObject({ checked: "2026-05-03T09:20:00.000Z", nudge: false });
  expect(recovery.parse((await call("POST", "/api/recovery/forget")).json()).rootHere).toBe(false);
  expect((await call("POST", "/api/recovery/words")).code).toBe("ROOT_GONE");
  expect((await call("POST", "/api/recovery/check", { words: [{ at: 25, word: "zoo" }] })).code).toBe(
    "BAD_INPUT",
  );
});

test("[HT85] the reminder is put away", async () => {
  expect(recovery.parse((await call("POST", "/api/recovery/dismiss")).json()).nudge).toBe(false);
});

test("[HT86] [HT87] a backup comes as a file, is brought back, checked, and restored; then the node starts anew", async () => {
  const made = await call("POST", "/api/backup", {});
  expect([made.status, made.headers["content-type"]]).toEqual([200, "application/octet-stream"]);
  expect(made.headers["content-disposition"]).toContain("attachment");
  const brought = await upload(made.text);
  expect(brought.status).toBe(201);
  const { id, bytes } = backupUpload.strict().parse(brought.json());
  expect(bytes).toBe(made.text.length);
  const checked = await call("POST", "/api/backup/check", { upload: id, passphrase: "a good passphrase" });
  expect(backupReport.strict().parse(checked.json())).toMatchObject({ events: 12, refused: 0, bytes });
  const wrong = await call("POST", "/api/backup/check", { upload: id, passphrase: "another one" });
  expect([wrong.status, wrong.code]).toEqual([409, "BACKUP_SECRET"]);
  const answer = await call("POST", "/api/restore", { upload: id, passphrase: "a good passphrase" });
  expect(restored.strict().parse(answer.json())).toMatchObject({ restarting: true, backup: { events: 12 } });
  await expect.poll(() => node.backups.restarts(), { timeout: 10_000 }).toBe(1);
  const gone = await call("POST", "/api/backup/check", { upload: id });
  expect([gone.status, gone.code]).toEqual([404, "UNKNOWN_UPLOAD"]);
});

test("[HT87] a newer upload takes an older one's place; what is no backup is refused and starts nothing anew", async () => {
  const first = backupUpload.parse((await upload("one")).json());
  const second = backupUpload.parse((await upload("another")).json());
  expect((await call("POST", "/api/backup/check", { upload: first.id })).code).toBe("UNKNOWN_UPLOAD");
  for (const path of ["/api/backup/check", "/api/restore"]) {
    const answer = await call("POST", path, { upload: second.id });
    expect([answer.status, errorBody.parse(answer.json()).error.code]).toEqual([400, "BACKUP_INVALID"]);
  }
  expect(node.backups.restarts()).toBe(0);
  expect((await call("POST", "/api/backup/uploads", "{}")).code).toBe("MEDIA_TYPE");
});

test("[HT87] a backup may be far longer than any other body", async () => {
  const { bytes } = backupUpload.parse((await upload("x".repeat(12 * 1_048_576))).json());
  expect(bytes).toBe(12 * 1_048_576);
});

test("[HT88] by the words alone the node goes on as it is; without anything it is told what to give", async () => {
  const words = recoveryWords.parse((await call("POST", "/api/recovery/words")).json()).words.join(" ");
  expect(restored.parse((await call("POST", "/api/restore", { words })).json())).toMatchObject({
    backup: null,
    restarting: false,
  });
  expect(node.backups.restarts()).toBe(0);
  expect((await call("POST", "/api/restore", { words: "zoo" })).code).toBe("WORDS_INVALID");
  expect((await call("POST", "/api/restore", {})).code).toBe("BAD_INPUT");
});
