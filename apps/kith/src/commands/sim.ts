/** `kith sim`: one run of a scenario, the list of them, and real nodes on a simulated network. The room is loaded when asked for. */
import { once } from "node:events";
import { createKithClient } from "@kith/client";
import {
  createPacedClock,
  createSeededRandom,
  createSimulation,
  describeRun,
  findScenario,
  run,
  scenarios,
  serveSimulation,
  Weather,
} from "@kith/sim";
import type { SimulatedDevice } from "@kith/sim";
import { CommandError, exitCodes, UsageError } from "../cli/failure.ts";
import { columns } from "../cli/terminal.ts";
import { readCount, readPort, readSeed } from "../cli/values.ts";
import type { Command } from "./context.ts";

/** A process with more real nodes in it measures itself. */
const DEVICES_MAX = 50;
const DEVICES = 3;
const SERVE_PORT = 8890;
/** Founding a space and letting everybody in, on loopback. */
const JOIN_MS_MAX = 30_000;

export const simRun: Command = async ({ operands: [name = ""], values, terminal }) => {
  const scenario = findScenario(name);
  if (scenario === null) {
    throw new UsageError(
      `there is no scenario "${name}"`,
      `Give one of ${scenarios.map((each) => each.name).join(", ")}.`,
    );
  }
  const report = await run(scenario, readSeed(values, "seed", 1));
  if (terminal.json) terminal.object(report);
  else for (const line of describeRun(report)) terminal.line(line);
  return report.breaches.length > 0 ? exitCodes.failed : exitCodes.done;
};

export const simList: Command = async ({ terminal }) => {
  if (terminal.json) terminal.object({ items: scenarios.map(({ name, about }) => ({ name, about })) });
  else for (const line of columns(scenarios.map(({ name, about }) => [name, about]))) terminal.line(line);
  return exitCodes.done;
};

export const simServe: Command = async ({ values, terminal, version }) => {
  const count = readCount(values, "devices", { fallback: DEVICES, max: DEVICES_MAX });
  const port = readPort(values, "port", SERVE_PORT);
  const random = createSeededRandom(`serve ${readSeed(values, "seed", 1)}`);
  const asked = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  // Only here: the daemon's half of this package is heavy.
  const [{ startSimulatedNodes }, { createLog }, { systemClock }] = await Promise.all([
    import("../daemon/simulated.ts"),
    import("../daemon/log.ts"),
    import("../daemon/system.ts"),
  ]);
  const clock = createPacedClock(systemClock);
  const weather: Weather = new Weather(() => nodes?.conditionsChanged());
  let nodes: Awaited<ReturnType<typeof startSimulatedNodes>> | null = null;
  nodes = await startSimulatedNodes({
    names: Array.from({ length: count }, (_, index) => `Device ${index + 1}`),
    clock,
    conditions: (from, to) => weather.at(from, to),
    log: createLog({ level: process.env["KITH_LOG"], isTerminal: process.stderr.isTTY }),
    version,
  });
  try {
    const devices: SimulatedDevice[] = nodes.nodes.map(({ id, name, host, url, token }) => ({
      id,
      name,
      host,
      url,
      client: createKithClient({ url, token }),
    }));
    const space = await gather(devices);
    const simulation = createSimulation({ clock, weather, random, devices, space, channel: "general" });
    const server = await serveSimulation(simulation, { host: "127.0.0.1", port });
    const { nodes: items } = nodes;
    if (terminal.json)
      terminal.object({ ready: true, url: server.url, port: server.port, space, devices: items });
    else {
      terminal.line(`The simulation service answers at ${server.url}`);
      for (const { name, url } of items) terminal.line(`${name}: ${url}`);
      terminal.note("Ctrl+C stops it and removes all of it.");
    }
    await asked;
    simulation.stop();
    await server.close();
    return exitCodes.done;
  } finally {
    await nodes.stop();
  }
};

/** One space with everybody in it. Resolves with its id. */
async function gather([owner, ...others]: readonly SimulatedDevice[]): Promise<string> {
  if (owner === undefined) throw new UsageError("there is no device", "Give --devices 1 or more.");
  const { id } = await owner.client.createSpace({ name: "Simulation" });
  if (others.length === 0) return id;
  const { link } = await owner.client.createInvite(id, { uses: others.length });
  const joins = others.map(({ client }) => client.join(link, { waitMs: JOIN_MS_MAX }));
  for (const join of await Promise.all(joins)) {
    if (!join.done) {
      throw new CommandError(
        "SIMULATION_NOT_JOINED",
        `a device did not join within ${JOIN_MS_MAX / 1_000} s: ${join.progress.step}`,
        "Try again with fewer devices.",
      );
    }
  }
  return id;
}
