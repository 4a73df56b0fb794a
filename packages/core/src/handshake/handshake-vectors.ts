/** The examples of spec/vectors/handshake.json, from fixed seeds. Tests compare, spec/vectors/write-links.ts writes. Not exported. */
import { identityOf, inviteKey, meet, seeded, side, spaceKey } from "./handshake-fixtures.ts";
import type { Meeting } from "./handshake-fixtures.ts";
import type { ProofKey } from "./proofs.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function describeKey({ kind, key, space, invite, order }: ProofKey): object {
  return { kind, key: hex(key), space, invite, order };
}

function describeSide(name: string, keys: readonly ProofKey[], frames: Meeting["sent"]["dialer"]): object {
  return {
    deviceSeed: hex(seeded(`${name} device`)),
    rootSeed: hex(seeded(`${name} root`)),
    issuedMs: identityOf(name).certificate.issuedMs,
    keys: keys.map((key) => describeKey(key)),
    frames: frames.map(({ type, payload }) => ({ type, payload: hex(payload) })),
  };
}

function example(title: string, dialerKeys: readonly ProofKey[], acceptorKeys: readonly ProofKey[]): object {
  const { sent, order, errors } = meet(
    side("dialer", { keys: dialerKeys }),
    side("acceptor", { keys: acceptorKeys }),
  );
  return {
    title,
    dialer: describeSide("dialer", dialerKeys, sent.dialer),
    acceptor: describeSide("acceptor", acceptorKeys, sent.acceptor),
    signingOrder: order,
    errors,
  };
}

export function handshakeVectors(): object {
  return {
    version: 1,
    exporter: hex(seeded("exporter")),
    examples: [
      example("two members", [spaceKey("club")], [spaceKey("choir"), spaceKey("club")]),
      example(
        "the acceptor missed an epoch",
        [spaceKey("club", 2), spaceKey("club", 1)],
        [spaceKey("club", 1)],
      ),
      example("a joiner dials an inviter", [inviteKey("club")], [spaceKey("club"), inviteKey("club")]),
      example("strangers", [spaceKey("club")], [spaceKey("choir")]),
    ],
  };
}
