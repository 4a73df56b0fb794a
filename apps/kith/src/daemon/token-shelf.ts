/**
 * The list of tokens made for programs, in a file of the data directory: ids, names, scopes and dates, never a token. Sealed
 * under a key of its own that the data key makes, since a locked node's files say no name. spec/store ST28.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { TokenShelf } from "@kith/api";
import type { Random } from "@kith/core";
import { writePrivateFile } from "./private-file.ts";

const CIPHER = "aes-256-gcm";
/** The nonce's length that GCM takes as it is. NIST SP 800-38D §5.2.1.1. */
const NONCE_BYTES = 12;
/** The whole tag of GCM. */
const TAG_BYTES = 16;
const sealedFile = /^\{"sealed":"([A-Za-z0-9+/]+={0,2})"\}\n$/;

/** Its `read` throws where the file is damaged or another data key's. */
export function createFileShelf(
  path: string,
  { key, random }: { readonly key: Uint8Array; readonly random: Random },
): TokenShelf {
  const secret = new Uint8Array(hkdfSync("sha256", key, "", "kith api tokens v1", 32));
  const write = (text: string): void =>
    writePrivateFile(
      path,
      `${JSON.stringify({ sealed: seal(secret, random.bytes(NONCE_BYTES), text).toString("base64") })}\n`,
    );
  return {
    read() {
      if (!existsSync(path)) return null;
      const text = readFileSync(path, "utf8");
      // Versions before wrote the list as it is.
      if (text.startsWith("[")) {
        write(text);
        return text;
      }
      const [, sealed] = sealedFile.exec(text) ?? [];
      if (sealed === undefined) throw new Error("it is no sealed list");
      return open(secret, Buffer.from(sealed, "base64"));
    },
    write,
  };
}

function seal(secret: Uint8Array, nonce: Uint8Array, text: string): Buffer {
  const cipher = createCipheriv(CIPHER, secret, nonce);
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function open(secret: Uint8Array, bytes: Buffer): string {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error("it is cut short");
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString(
    "utf8",
  );
}
