/** Builds the page over the hooks (react-page.tsx) and opens it in a real browser, on a real node. */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { root } from "../tidy/project.ts";
import { visit } from "./browser.ts";
import type { Visit } from "./browser.ts";
import type { RunningKith } from "./kith-process.ts";

export async function buildReactPage(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    root: join(root, "tests/support"),
    define: { "process.env.NODE_ENV": '"development"' },
    build: {
      write: false,
      target: "es2022",
      minify: false,
      lib: { entry: "react-page.tsx", formats: ["es"], fileName: "page" },
    },
  });
  const chunks = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
  return chunks.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
}

const html = `<!doctype html><html lang="en"><title>A page</title><meta name="color-scheme" content="light dark"><style>body { background: light-dark(#fff, #12181d); color: light-dark(#000, #fff) }</style><main></main><script type="module" src="/elsewhere.js"></script>`;

/** The page on the first channel of a space, signed in, at the node's own origin. */
export async function visitReactPage(
  browser: Browser,
  node: RunningKith,
  { code, space }: { readonly code: string; readonly space: string },
): Promise<Visit> {
  const [general] = (await node.client.channels(space)).items;
  const visited = await visit(browser, node, { serviceWorkers: "block" });
  const { page } = visited;
  await page.route(/\/elsewhere/, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.route(/\/elsewhere\.js/, (route) =>
    route.fulfill({ contentType: "text/javascript", body: code }),
  );
  await page.goto(`${node.ready.url}/elsewhere#${space}/${general?.id ?? ""}`);
  return visited;
}
