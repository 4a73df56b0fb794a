/** The page's build. Everything it needs is in it; the list of its files goes to the service worker. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const publicFolder = fileURLToPath(new URL("public", import.meta.url));
const workerSource = fileURLToPath(new URL("src/service-worker.js", import.meta.url));

/** Writes sw.js: the worker with the files of this build, under a name that changes with them. */
function serviceWorker(): Plugin {
  return {
    name: "kith-service-worker",
    apply: "build",
    generateBundle(_, bundle) {
      // The page's own text belongs to it: another index.html is another version.
      const built = Object.values(bundle).map((file) => file.fileName);
      const files = ["/", ...[...built, ...readdirSync(publicFolder)].map((name) => `/${name}`)]
        .filter((path) => path !== "/index.html" && path !== "/sw.js")
        .sort();
      const index = bundle["index.html"];
      const text = index?.type === "asset" ? String(index.source) : "";
      const version = createHash("sha256").update(files.join("\n")).update(text).digest("hex").slice(0, 12);
      const source = readFileSync(workerSource, "utf8")
        .replace("__VERSION__", version)
        .replace('["__FILES__"]', JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), serviceWorker()],
  build: {
    target: "es2022",
    // Small files too are files: the page's policy lets nothing in by data: but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
