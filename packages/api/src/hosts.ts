/**
 * Which names and pages may speak to this server. A page elsewhere can make a browser send requests here,
 * by a name it points at this address (DNS rebinding) or across origins; neither gets past these checks.
 * An address literal cannot be rebound, so the one a connection came in on is as good as loopback.
 * Spec: http, HT1-HT2.
 */

export interface HostRules {
  /** host: the Host header; localAddress: the socket's own address; isLocal: it came in by a Unix socket. */
  isHostAllowed(
    host: string | undefined,
    place: { readonly localAddress: string | undefined; readonly isLocal: boolean },
  ): boolean;
  /** The server's own page under the name the request came by. */
  isOwnOrigin(origin: string, host: string | undefined): boolean;
  /** Our own page, or one let in by --allow-origin. */
  isOriginAllowed(origin: string, host: string | undefined): boolean;
}

function splitHost(header: string): { name: string; port: number } | null {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]/\\@?#\s]+)(?::(\d{1,5}))?$/.exec(header);
  const name = match?.[1]?.toLowerCase();
  return name === undefined ? null : { name, port: match?.[2] === undefined ? 80 : Number(match[2]) };
}

/** As a Host header writes it; an IPv4 address mapped into IPv6 loses its prefix. */
function hostName(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") && !plain.startsWith("[") ? `[${plain.replace(/%.*$/, "")}]` : plain;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export function createHostRules(options: {
  host: string;
  /** Asked at each request: the port is known only once the server listens. */
  port: () => number;
  allowOrigins: readonly string[];
}): HostRules {
  const bound = hostName(options.host);
  const allowed = new Set(options.allowOrigins.map((origin) => new URL(origin).origin));

  const rules: HostRules = {
    isHostAllowed(host, { localAddress, isLocal }) {
      const asked = host === undefined ? null : splitHost(host);
      if (asked === null) return false;
      // There is no port to name. Behind a proxy that hands pages' requests over, a foreign name still is refused.
      if (isLocal) return loopback.test(asked.name);
      if (asked.port !== options.port()) return false;
      return (
        loopback.test(asked.name) ||
        asked.name === bound ||
        (localAddress !== undefined && asked.name === hostName(localAddress))
      );
    },
    isOwnOrigin: (origin, host) =>
      host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`,
    isOriginAllowed: (origin, host) => rules.isOwnOrigin(origin, host) || allowed.has(origin),
  };
  return rules;
}
