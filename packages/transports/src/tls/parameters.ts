/** The one way in which Kith speaks TLS: nothing to negotiate, so nothing to downgrade. spec/link LK1-LK5. */
import { constants, createHmac } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** ML-KEM-768 with X25519: recorded today, not readable by a quantum computer later. */
const GROUP = "X25519MLKEM768";
const CIPHER = "TLS_AES_256_GCM_SHA384";
const VERSION = "TLSv1.3";
const EXPORTER_LABEL = "EXPORTER-kith-v1-link";

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
  if (socket.destroyed) return "a connection that is gone";
  if (socket.getProtocol() !== VERSION) return `protocol ${socket.getProtocol()}`;
  const cipher = socket.getCipher().name;
  if (cipher !== CIPHER) return `cipher ${cipher}`;
  if (socket.isSessionReused()) return "a resumed session";
  if (role === "acceptor") return null;
  const key: { name?: string } = socket.getEphemeralKeyInfo() ?? {};
  return key.name === GROUP ? null : `group ${key.name ?? "unknown"}`;
}

/**
 * The link's exporter. The secret is drawn from TLS at once (RFC 8446 §7.5, RFC 5705 §4): later the peer may have
 * hung up, and a socket that is gone exports nothing, while a handshake that begins must not fail for that.
 */
export function createExporter(socket: TLSSocket): (label: string) => Uint8Array {
  const secret = socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0));
  return (label) => new Uint8Array(createHmac("sha256", secret).update(label).digest());
}
