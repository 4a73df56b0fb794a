/** The one way in which Kith speaks TLS: nothing to negotiate, so nothing to downgrade. spec/link LK1-LK5. */
import { constants } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** ML-KEM-768 with X25519: recorded today, not readable by a quantum computer later. */
const GROUP = "X25519MLKEM768";
const CIPHER = "TLS_AES_256_GCM_SHA384";
const VERSION = "TLSv1.3";

export const tlsParameters = {
  minVersion: VERSION,
  maxVersion: VERSION,
  ecdhCurve: GROUP,
  ciphers: CIPHER,
  // Node cannot keep OpenSSL from sending session tickets in TLS 1.3; so they name an entry of a cache
  // that does not exist, the dialer never offers one, and the acceptor could not resume it.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** What is wrong with a finished handshake, or null. The dialer sees the group; the acceptor allows no other. */
export function findTlsFault(socket: TLSSocket, role: "dialer" | "acceptor"): string | null {
  if (socket.getProtocol() !== VERSION) return `protocol ${socket.getProtocol()}`;
  const cipher = socket.getCipher().name;
  if (cipher !== CIPHER) return `cipher ${cipher}`;
  if (socket.isSessionReused()) return "a resumed session";
  if (role === "acceptor") return null;
  const key: { name?: string } = socket.getEphemeralKeyInfo() ?? {};
  return key.name === GROUP ? null : `group ${key.name ?? "unknown"}`;
}

/** 32 bytes bound to this connection. RFC 8446 §7.5, RFC 5705 §4 with an empty context. */
export function exportKey(socket: TLSSocket, label: string): Uint8Array {
  return new Uint8Array(socket.exportKeyingMaterial(32, label, Buffer.alloc(0)));
}
