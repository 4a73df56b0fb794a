import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const harness = fileURLToPath(new URL("../../scripts/negentropy-harness.mjs", import.meta.url));
const ids = ["11", "22", "33"].map((byte) => byte.repeat(32));

function speak(lines: readonly string[], frameSizeLimit = ""): { lines: string[]; ok: boolean } {
  const { stdout, status } = spawnSync(process.execPath, [harness], {
    input: `${lines.join("\n")}\n`,
    encoding: "utf8",
    env: { ...process.env, FRAMESIZELIMIT: frameSizeLimit },
  });
  return { lines: stdout.split("\n").filter((line) => line !== ""), ok: status === 0 };
}

test("[RB19] the harness answers the lines of the public one as that one does", () => {
  const items = [`item,1760000000123,${ids[0]}`, `item,5,${ids[1]}`, "seal"];
  expect(speak([...items, "msg,6100000200", "msg,62aabb"])).toEqual({
    lines: [`msg,6100000202${ids[1]}${ids[0]}`, "msg,61"],
    ok: true,
  });
  expect(speak([...items, "initiate", `msg,6100000202${ids[1]}${ids[2]}`], "4096")).toEqual({
    lines: [`msg,6100000202${ids[1]}${ids[0]}`, `have,${ids[0]}`, `need,${ids[2]}`, "done"],
    ok: true,
  });
});

test("[RB8] a message that breaks form ends the harness with an error, and no answer", () => {
  expect(speak(["seal", "msg,61ff"])).toEqual({ lines: [], ok: false });
});
