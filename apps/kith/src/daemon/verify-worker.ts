/** The worker of verifier.ts: takes a block of checks, answers with a byte for each. */
import { verifyMessage } from "@kith/core";
import { parentPort } from "node:worker_threads";
import { unpackChecks } from "./verify-message.ts";

parentPort?.on("message", (buffer: ArrayBuffer) => {
  const valid = Uint8Array.from(unpackChecks(buffer), ({ message, signature, publicKey }) =>
    verifyMessage(message, signature, publicKey) ? 1 : 0,
  );
  parentPort?.postMessage(valid, [valid.buffer]);
});
