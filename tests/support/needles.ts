/**
 * Secrets to look for in a haystack of bytes, in every form in which a careless program writes them. The
 * keys of a node are read from its own data directory once it has stopped.
 */
import { deriveEpochKeys } from "@kith/core";
import type { EpochKeys, ScopeId, SpaceId } from "@kith/core";
import { readKeyFile, unlockKeyFile } from "@kith/store";
import { openSqliteStore } from "@kith/store/sqlite";
import { join } from "node:path";

export interface Needle {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Shorter than this, bytes turn up by chance. */
const NEEDLE_BYTES_MIN = 7;

export function textNeedle(what: string, text: string): Needle {
  return { what, bytes: Buffer.from(text, "utf8") };
}

export function idNeedle(what: string, id: string): Needle {
  return { what, bytes: Buffer.from(id, "hex") };
}

/** Raw, hexadecimal, UTF-16, and base64 at each of its three alignments, both alphabets. */
export function formsOf(bytes: Uint8Array): Buffer[] {
  const raw = Buffer.from(bytes);
  const hex = raw.toString("hex");
  const forms = [
    raw,
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(raw.toString("latin1"), "utf16le"),
  ];
  for (const pad of [0, 1, 2]) {
    // Characters that depend on neighbours are left off at both ends.
    const text = Buffer.concat([Buffer.alloc(pad), raw])
      .toString("base64")
      .replace(/=+$/, "");
    const inner = text.slice(pad === 0 ? 0 : pad + 1, -1);
    forms.push(Buffer.from(inner), Buffer.from(inner.replaceAll("+", "-").replaceAll("/", "_")));
  }
  return forms;
}

/** What of the needles is in the haystack; none is the hope. */
export function findNeedles(needles: readonly Needle[], haystack: readonly Buffer[]): string[] {
  const whole = Buffer.concat(haystack.flatMap((piece) => [piece, Buffer.alloc(1)]));
  const found = new Set<string>();
  for (const { what, bytes } of needles) {
    if (bytes.length < NEEDLE_BYTES_MIN) throw new Error(`${what} is too short to be looked for`);
    if (formsOf(bytes).some((form) => whole.includes(form))) found.add(what);
  }
  return [...found];
}

/** Every key, seed and certificate in a stopped or locked node's store, and what is derived from its epochs. */
export async function keysOf(
  directory: string,
  who: string,
  passphrase: string | null = null,
): Promise<Needle[]> {
  const path = join(directory, "key");
  const key = passphrase === null ? readKeyFile(path) : await unlockKeyFile(path, passphrase);
  const store = await openSqliteStore({ directory, key, readOnly: true });
  try {
    const needles: Needle[] = [{ what: `${who}'s data key`, bytes: key }];
    for (const name of [...store.metaKeys("identity/"), ...store.metaKeys("epoch/")]) {
      const value = store.meta(name);
      if (value && value.length >= 16) needles.push({ what: `${who}'s ${name}`, bytes: value });
    }
    for (const keys of epochsOf(store)) {
      for (const part of ["headerKey", "tagKey", "nonceKey", "discoveryKey", "topicKey"] as const) {
        needles.push({ what: `${who}'s ${part}`, bytes: keys[part] });
      }
      needles.push({ what: `${who}'s header secret`, bytes: keys.secrets.headerSecret });
      const { contentSecret } = keys.secrets;
      if (contentSecret) needles.push({ what: `${who}'s content secret`, bytes: contentSecret });
      needles.push(idNeedle(`${who}'s scope`, keys.scope), idNeedle(`${who}'s epoch`, keys.epoch));
    }
    return needles;
  } finally {
    await store.close();
  }
}

function epochsOf(
  store: Pick<Awaited<ReturnType<typeof openSqliteStore>>, "meta" | "metaKeys">,
): EpochKeys[] {
  return store.metaKeys("epoch/").map((name) => {
    const [, space, scope] = name.split("/");
    const value = store.meta(name) ?? new Uint8Array();
    return deriveEpochKeys({
      space: space as SpaceId,
      scope: scope as ScopeId,
      headerSecret: value.slice(0, 32),
      contentSecret: value.slice(32),
    });
  });
}
