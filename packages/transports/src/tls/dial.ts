/** One outgoing connection: from an address to a secured socket, or a LinkError that says what stood in the way. */
import { connect, type TLSSocket } from "node:tls";
import type { Clock, PeerAddress } from "@kith/core/ports";
import { LinkError, type LinkErrorCode } from "../link-error.ts";
import { DIAL_TIMEOUT_MS } from "./limits.ts";
import { findTlsFault, tlsParameters } from "./parameters.ts";

const codesByErrno: Readonly<Record<string, LinkErrorCode>> = {
  ECONNREFUSED: "LINK_REFUSED",
  ETIMEDOUT: "LINK_TIMEOUT",
  EHOSTUNREACH: "LINK_UNREACHABLE",
  ENETUNREACH: "LINK_UNREACHABLE",
  ENETDOWN: "LINK_UNREACHABLE",
  EHOSTDOWN: "LINK_UNREACHABLE",
  EADDRNOTAVAIL: "LINK_UNREACHABLE",
  EINVAL: "LINK_UNREACHABLE",
  EACCES: "LINK_UNREACHABLE",
  EPERM: "LINK_UNREACHABLE",
  ENOTFOUND: "LINK_UNREACHABLE",
  EAI_AGAIN: "LINK_UNREACHABLE",
};

const nextSteps: Partial<Record<LinkErrorCode, string>> = {
  LINK_REFUSED: "check that a node runs there, that it has room, and that the port is right",
  LINK_TIMEOUT: "check the address, and firewalls between",
  LINK_UNREACHABLE: "check the address and this device's network",
  LINK_TLS: "what answers there is no node of this version",
};

export interface DialOptions<Made> {
  readonly clock: Clock;
  readonly address: PeerAddress;
  readonly signal: AbortSignal;
  /**
   * Takes the secured socket over, within the event that secured it: whatever the peer does next would find
   * nobody listening if that waited for a promise.
   */
  readonly make: (socket: TLSSocket) => Made;
}

/** Resolves with what `make` made of a socket whose handshake has the parameters of spec/link. */
export function dialTls<Made>({ clock, address, signal, make }: DialOptions<Made>): Promise<Made> {
  const place = `${address.host} port ${address.port}`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new LinkError("LINK_ABORTED", `dialling ${place} was called off`, { cause: signal.reason }));
      return;
    }
    if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65_535) {
      reject(new LinkError("LINK_UNREACHABLE", `${place} is no port; use 1..65535`));
      return;
    }
    let connected = false;
    const socket = connect({
      ...tlsParameters,
      host: address.host,
      port: address.port,
      // The certificate says nothing; who is there is proven over the exporter (spec/handshake).
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const cancelTimeout = clock.after(DIAL_TIMEOUT_MS, () => {
      fail("LINK_TIMEOUT", `${place} did not answer within ${DIAL_TIMEOUT_MS} ms`);
    });

    function settle(): void {
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("close", onClose);
      socket.off("secureConnect", onSecure);
    }
    function fail(code: LinkErrorCode, what: string, cause?: unknown): void {
      settle();
      // A destroyed socket may still report an error; the caller has ours already.
      socket.on("error", () => {});
      socket.destroy();
      const next = nextSteps[code];
      reject(new LinkError(code, next === undefined ? what : `${what}; ${next}`, { cause }));
    }
    function onAbort(): void {
      fail("LINK_ABORTED", `dialling ${place} was called off`, signal.reason);
    }
    function onError(error: NodeJS.ErrnoException): void {
      // A listener with no room hangs up before TLS begins; one that speaks another TLS says so first.
      const hungUp = connected && (error.code === "ECONNRESET" || error.code === "EPIPE");
      const code = hungUp
        ? "LINK_REFUSED"
        : connected
          ? "LINK_TLS"
          : (codesByErrno[error.code ?? ""] ?? "LINK_UNREACHABLE");
      fail(code, `${place}: ${error.code ?? error.message}`, error);
    }
    function onClose(): void {
      fail(connected ? "LINK_REFUSED" : "LINK_UNREACHABLE", `${place} hung up`);
    }
    function onSecure(): void {
      const fault = findTlsFault(socket, "dialer");
      if (fault !== null) {
        fail("LINK_TLS", `${place} spoke ${fault}`);
        return;
      }
      settle();
      resolve(make(socket));
    }

    socket.once("connect", () => {
      connected = true;
    });
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.on("secureConnect", onSecure);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
