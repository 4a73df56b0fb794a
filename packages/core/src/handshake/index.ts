/** Proofs of shared keys, then signatures over the connection. Decides who may know whom, not who is a member. spec/handshake. */
export { createHandshake, handshakeFrames } from "./handshake.ts";
export type {
  Handshake,
  HandshakeIdentity,
  HandshakeOptions,
  HandshakeOut,
  HandshakeResult,
} from "./handshake.ts";
export type { ProofKey } from "./proofs.ts";
export {
  EXPORTER_BYTES,
  HANDSHAKE_VERSION,
  PROOF_BYTES,
  PROOF_FRAME_BYTES,
  PROOFS_MAX,
  SIGN_FRAME_BYTES_MAX,
} from "./limits.ts";
