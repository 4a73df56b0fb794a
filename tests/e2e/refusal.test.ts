/** Somebody came one too many over an invitation: real nodes, seen by the commands and the API. */
import { afterAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { comeOneTooMany, until } from "../support/one-too-many.ts";

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

test("[HT104] who waits is listed, approved or refused by hand; who was refused is told by whom and dismisses it", async () => {
  const [ann, ben, eva, fay] = await Promise.all(
    ["Ann", "Ben", "Eva", "Fay"].map((name) => startNode({ name })),
  );
  if (!ann || !ben || !eva || !fay) throw new Error("four nodes were started");
  const space = await ann.client.createSpace({ name: "Harbour" });
  const first = await ann.client.createInvite(space.id);
  await ben.client.join(first.link, { waitMs: 60_000 });
  const { waiting, newcomer, link } = await comeOneTooMany([ann, ben, eva, fay], space.id);
  const listed = await run(ann, "requests");
  expect(listed.stdout).toMatch(new RegExp(`${waiting.id.slice(0, 8)}.*${waiting.name}.*waits for Harbour`));
  expect(listed.stdout).toContain("kith refuse REQUEST");
  const nobody = await run(ann, "refuse", "Somebody");
  expect([nobody.code, nobody.stderr.split(":")[0]]).toEqual([1, "UNKNOWN_PERSON"]);
  await expect(ann.client.refuseWaiting("ab".repeat(32))).rejects.toMatchObject({ status: 404 });
  await until(async () =>
    (await newcomer.client.joins()).items.some(
      ({ step, detail }) => step === "asking" && /decides/.test(detail),
    ),
  );
  expect(await run(ann, "refuse", waiting.id.slice(0, 8))).toMatchObject({ code: 0, stderr: "" });
  expect((await run(ann, "requests")).stdout.trim()).toBe("Nobody asks.");
  const over = await until(
    async () => (await newcomer.client.joins()).items.find(({ step }) => step === "failed") ?? null,
  );
  expect(over).toMatchObject({ space: space.id, detail: "Ann refused." });
  expect(await newcomer.client.space(space.id)).toMatchObject({ state: "removed", role: null });
  const again = await run(newcomer, "join", link);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("JOIN_REFUSED: Ann refused.");
  await newcomer.client.giveUpJoin(over.invite);
  expect((await newcomer.client.joins()).items).toEqual([]);
  const fresh = await ann.client.createInvite(space.id);
  expect(await newcomer.client.join(fresh.link, { waitMs: 60_000 })).toMatchObject({ done: true });
}, 180_000);
