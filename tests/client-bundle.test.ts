/** What the client costs a page that loads it. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";
import { root } from "./tidy/project.ts";

const CLIENT_GZIP_BYTES_MAX = 12 * 1_024;

test("[CL8] the client for a browser, whole, is below 12 KB gzipped and brings no other code along", async () => {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    root: join(root, "packages/client"),
    build: {
      write: false,
      target: "es2022",
      minify: true,
      modulePreload: false,
      lib: { entry: "src/index.ts", formats: ["es"], fileName: "client" },
    },
  });
  const chunks = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
  const modules = chunks.flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
  expect(modules.length).toBeGreaterThan(5);
  // What the bundler adds of its own has no path.
  const foreign = modules.filter((path) => path.startsWith("/") && !path.includes("/packages/client/src/"));
  expect(foreign).toEqual([]);
  const code = chunks.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
  expect(code).not.toMatch(/node:|require\(/);
  expect(gzipSync(code).length).toBeLessThan(CLIENT_GZIP_BYTES_MAX);
  console.info(`client: ${code.length} bytes, ${gzipSync(code).length} gzipped`);
});
