/** Argon2id (RFC 9106), one lane. What it costs is the caller's constant, never a file's word. spec/identity ID54. */
import { argon2 } from "node:crypto";

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** 32 bytes; salt of 8 bytes at least. Worked out beside the calling thread. */
export function argon2id(message: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parameters = {
    message,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: cost.memoryKiB,
    passes: cost.passes,
  };
  argon2("argon2id", parameters, (error, key) => {
    if (error) reject(error);
    else resolve(new Uint8Array(key));
  });
  return promise;
}
