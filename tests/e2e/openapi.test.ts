/** The description of the surface in the hands of others: a public validator, and a client that is made from it. */
import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackages } from "../support/installed.ts";
import { endEverything, startNode } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";
import { root } from "../tidy/project.ts";

const run = promisify(execFile);

needs("registry").describe("the description", () => {
  let folder: string;

  beforeAll(() => {
    folder = installPackages({
      "@seriousme/openapi-schema-validator": "2.11.0",
      "openapi-typescript": "7.9.1",
      "openapi-fetch": "0.17.0",
      // The generator writes through the compiler's interface, which the one that Kith is checked by does not have.
      typescript: "5.9.3",
    });
    copyFileSync(join(root, "packages/contract/openapi.json"), join(folder, "openapi.json"));
  }, 300_000);

  afterAll(endEverything);

  /** What it printed; throws with it when it failed. */
  async function node(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    try {
      return (await run(process.execPath, [...args], { cwd: folder, env: { ...process.env, ...env } }))
        .stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${args[0]} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  test("[HT93] is valid OpenAPI 3.1 to a validator that is not ours, and a wrong one is not", async () => {
    writeFileSync(
      join(folder, "validate.js"),
      `import { Validator } from "@seriousme/openapi-schema-validator";
       import { readFileSync } from "node:fs";
       const good = JSON.parse(readFileSync("openapi.json", "utf8"));
       const { valid, errors } = await new Validator().validate(structuredClone(good));
       const bad = structuredClone(good);
       bad.paths["/health"].get.responses["200"] = { content: 7 };
       const other = await new Validator().validate(bad);
       console.log(JSON.stringify({ valid, errors: errors ?? null, bad: other.valid }));`,
    );
    expect(JSON.parse(await node(["validate.js"]))).toEqual({ valid: true, errors: null, bad: false });
  }, 600_000);

  test("[HT93] makes a client whose types hold in a strict program, and which a node answers", async () => {
    await node(["node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "kith.d.ts"]);
    writeFileSync(
      join(folder, "program.ts"),
      `import createClient from "openapi-fetch";
       import type { paths } from "./kith.js";
       const kith = createClient<paths>({
         baseUrl: process.env["KITH_URL"] ?? "",
         headers: { authorization: \`Bearer \${process.env["KITH_TOKEN"]}\` },
       });
       const made = await kith.POST("/api/spaces", { body: { name: "Generated" } });
       const space = made.data?.id ?? "";
       const posted = await kith.POST("/api/messages", { body: { space, channel: "general", text: "typed" } });
       const told: string | undefined = posted.data?.text;
       const page = await kith.GET("/api/messages", { params: { query: { space, limit: 5 } } });
       const texts: string[] = (page.data?.items ?? []).map(({ text }) => text);
       const one = await kith.GET("/api/messages/{id}", { params: { path: { id: posted.data?.id ?? "" } } });
       const wrong = await kith.GET("/api/spaces/{space}", { params: { path: { space: "Nowhere" } } });
       const code: string | undefined = wrong.error?.error.code;
       console.log(JSON.stringify([told, texts, one.data?.id === posted.data?.id, code]));
       // @ts-expect-error: a call that there is not
       export const nothing = () => kith.GET("/api/nothing");
       // @ts-expect-error: a message is no number
       export const number = () => kith.POST("/api/messages", { body: { space, channel: "general", text: 7 } });
       // @ts-expect-error: the path needs what it names
       export const pathless = () => kith.GET("/api/messages/{id}");
       // @ts-expect-error: a field that a message does not have
       export const field = () => posted.data?.colour;`,
    );
    const options =
      "--strict --noUncheckedIndexedAccess --module nodenext --target es2024 --skipLibCheck false";
    const types = join(root, "node_modules/@types");
    await node([
      "node_modules/typescript/bin/tsc",
      ...options.split(" "),
      "--typeRoots",
      types,
      "--types",
      "node",
      "program.ts",
    ]);
    const { ready } = await startNode({ name: "Ann" });
    const printed = await node(["program.js"], {
      KITH_URL: `http://127.0.0.1:${ready.port}`,
      KITH_TOKEN: ready.apiToken,
    });
    expect(JSON.parse(printed)).toEqual(["typed", ["typed"], true, "UNKNOWN_SPACE"]);
  }, 600_000);
});
