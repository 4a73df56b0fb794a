/** Puts linking together for one node. */
import type { Identity } from "@kith/core";
import type { Author } from "./author.ts";
import type { NodeOptions } from "./deps.ts";
import type { Joins } from "./joins.ts";
import type { Ledger } from "./ledger.ts";
import { LinkingJoin } from "./linking-join.ts";
import { LinkingOffer } from "./linking-offer.ts";
import { createLinking } from "./linking.ts";
import type { Linking } from "./linking.ts";
import { OwnDevices } from "./own-devices.ts";
import type { Prekeys } from "./prekeys.ts";
import type { Swarm } from "./swarm.ts";

export interface LinkingParts {
  readonly offer: LinkingOffer;
  readonly join: LinkingJoin;
  readonly own: OwnDevices;
  readonly linking: Linking;
}

export function createLinkingParts(
  { clock, random, log, store, box, localHosts }: NodeOptions,
  parts: {
    readonly ledger: Ledger;
    readonly author: Author;
    readonly joins: Joins;
    readonly identity: () => Identity;
    readonly setIdentity: (identity: Identity) => void;
    readonly prekeys: Prekeys;
    /** Asked later: the swarm is made after this. */
    readonly swarm: () => Swarm;
  },
): LinkingParts {
  const { ledger, author, joins, identity, setIdentity, swarm } = parts;
  const onKeysChanged = (): void => swarm().keysChanged();
  const own = new OwnDevices({
    store,
    ledger,
    author,
    box,
    log,
    identity,
    isConnected: (device) => [...swarm().exchanges()].some(({ session }) => session.device === device),
    heardMs: (device) =>
      swarm()
        .peers()
        .find(({ id }) => id === device)?.lastSeenMs ?? null,
    onKeysChanged,
    onSpread: (device, space) => {
      for (const exchange of swarm().exchanges())
        if (exchange.session.device === device) exchange.grant(space);
    },
  });
  const offer = new LinkingOffer({
    clock,
    random,
    log,
    identity,
    own,
    hints: () => {
      const { port } = swarm();
      return port === null ? [] : localHosts().map((host) => ({ host, port }));
    },
    onKeysChanged,
    handKeys: (session, spaces) => {
      for (const exchange of swarm().exchanges())
        if (exchange.session === session) for (const space of spaces) exchange.handKeys(space);
    },
  });
  const join = new LinkingJoin({
    clock,
    random,
    log,
    store,
    box,
    ledger,
    identity,
    setIdentity,
    keepPrekey: (prekey) => parts.prekeys.keep(prekey),
    isJoining: () => joins.list().some(({ step }) => step !== "done" && step !== "failed"),
    want(addresses) {
      // The link is proven in a handshake of its own: who was met by being visible is met anew.
      for (const { session, isShared } of swarm().exchanges())
        if (!isShared) swarm().disconnect(session.device);
      swarm().want(addresses);
    },
    doneWith: (addresses) => swarm().doneWith(addresses),
    onKeysChanged,
  });
  return { offer, join, own, linking: createLinking({ offer, join, own }) };
}
