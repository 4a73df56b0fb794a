/** By which ways messages travel, from the environment: for tests, labs and measurements. docs/simulation.md. */
import { UsageError } from "../cli/failure.ts";
import type { DaemonSettings } from "../daemon/daemon.ts";

type Ways = NonNullable<DaemonSettings["ways"]>;
type Rungs = NonNullable<Ways["rungs"]>;

const RUNGS: Rungs = ["cells", "ranges", "buckets", "bloom"];

/** null: nothing is set, so all of them. Throws UsageError. */
export function readWays(env: Readonly<Record<string, string | undefined>>): Ways | null {
  const isOnlyDatagrams = readOnlyDatagrams(env["KITH_ONLY_DATAGRAMS"]);
  const rungs = readRungs(env["KITH_SYNC_RUNG"]);
  if (!isOnlyDatagrams && rungs === null) return null;
  return { push: !isOnlyDatagrams, streams: !isOnlyDatagrams, ...(rungs && { rungs }) };
}

/** Messages travel by datagrams of the local network alone: to measure them. */
function readOnlyDatagrams(text: string | undefined): boolean {
  if (text === undefined || text === "" || text === "0") return false;
  if (text === "1") return true;
  throw new UsageError(`KITH_ONLY_DATAGRAMS is "${text}"`, "Set it to 1, or unset it.");
}

/** One rung, or several in the order in which they are tried. */
function readRungs(text: string | undefined): Rungs | null {
  if (text === undefined || text === "") return null;
  const chosen = text.split(",").map((name) => RUNGS.find((rung) => rung === name));
  const rungs = chosen.filter((rung) => rung !== undefined);
  if (rungs.length < chosen.length || new Set(rungs).size < rungs.length)
    throw new UsageError(
      `KITH_SYNC_RUNG is "${text}"`,
      `Set it to one or more of ${RUNGS.join(", ")}, with commas between them, or unset it.`,
    );
  return rungs;
}
