/** The SignatureVerifier port without threads: for tests, the simulator and machines with one core. */
import type { SignatureVerifier } from "../ports/signatures.ts";
import { verifyMessage } from "./sign.ts";

/** Checks on the calling thread, inside a resolved promise. */
export function createInlineVerifier(): SignatureVerifier {
  return {
    verify: (checks) =>
      Promise.resolve(
        checks.map(({ message, signature, publicKey }) => verifyMessage(message, signature, publicKey)),
      ),
    close: () => Promise.resolve(),
  };
}
