/** Ports that pick themselves: the preferred one, the next free ones after it, then any. */
import type { Transport } from "@kith/core";
import { createServer } from "node:net";

/** More nodes than anybody runs side by side; after them any port will do. */
const PORTS_TRIED_MAX = 64;
/** Ports have 16 bits. */
const PORT_MAX = 65_535;

/** 0 alone means any. */
export function candidatePorts(preferred: number): number[] {
  if (preferred === 0) return [0];
  const count = Math.min(PORTS_TRIED_MAX, PORT_MAX - preferred + 1);
  return [...Array.from({ length: count }, (_, index) => preferred + index), 0];
}

/** Opens with the first port that is free. Rejects with what `open` says of any other trouble. */
export async function openOnFreePort<Opened>(
  preferred: number,
  open: (port: number) => Promise<Opened>,
  isTaken: (error: unknown) => boolean,
): Promise<Opened> {
  for (const port of candidatePorts(preferred)) {
    try {
      return await open(port);
    } catch (error) {
      if (port === 0 || !isTaken(error)) throw error;
    }
  }
  throw new Error("unreachable: the last candidate is 0");
}

/** The first port that nobody listens on now: asked before a whole server is built for it. */
export function findFreePort(preferred: number, host: string): Promise<number> {
  return openOnFreePort(
    preferred,
    (port) => probe(port, host),
    (error) => isAddressTaken(error),
  );
}

export function isAddressTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "EADDRINUSE";
}

function probe(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(port)));
  });
}

/** A transport that moves on from a port that is taken. */
export function createSteppingTransport(preferred: number, make: (port: number) => Transport): Transport {
  let current = make(preferred);
  return {
    path: current.path,
    listen: (onLink) =>
      openOnFreePort(
        preferred,
        (port) => {
          if (port !== preferred) current = make(port);
          return current.listen(onLink);
        },
        (error) => (error as { code?: unknown } | null)?.code === "LINK_PORT_BUSY",
      ),
    dial: (address, options) => current.dial(address, options),
    close: () => current.close(),
  };
}
