/**
 * Two kinds of tests. Unit tests lie beside their source and fill the cores. Those that start nodes, bind
 * sockets or make namespaces come after, one file at a time: their figures and timeouts mean nothing while
 * others fill the machine. Two browsers at once take as long as one after the other, and miss timeouts.
 */
import { configDefaults, defineConfig } from "vitest/config";

// As Node resolves them: with the condition "development" vite would load a second graphql beside the one that
// libraries get, and neither takes the other's schema.
const ssr = { resolve: { conditions: ["node", "module-sync"] } };

const slow = ["tests/e2e/**/*.test.ts", "tests/integration/**/*.test.ts", "tests/lab/**/*.test.ts"];

export default defineConfig({
  test: {
    // Processes, not threads: native modules and worker threads of our own run as they do in production.
    pool: "forks",
    projects: [
      {
        ssr,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.{ts,tsx}",
            "apps/*/src/**/*.test.{ts,tsx}",
            "bench/**/*.test.ts",
            "tests/**/*.test.ts",
          ],
          exclude: [...configDefaults.exclude, ...slow],
          // Far beyond what a slow machine takes: a test waits for events, and this ends what hangs.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // vitest would leave a core idle, which is half of a machine with two.
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        ssr,
        test: {
          name: "whole",
          include: slow,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
