import {
  certifyDevice,
  createDeviceKeys,
  createNodeBox,
  createPersonRoot,
  createPrekey,
  decodeLinkingLink,
  decodeLinkingStep,
  encodeLinkingStep,
  linkDevice,
  linkingKey,
} from "@kith/core";
import type { Frame, Identity, LinkingStep } from "@kith/core";
import { createManualClock, createSeededRandom } from "@kith/core/testing";
import { createMemoryStore } from "@kith/store/memory";
import { beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "./ledger.ts";
import { LINKING_OFFER_MS } from "./limits.ts";
import { LinkingJoin } from "./linking-join.ts";
import { LinkingOffer } from "./linking-offer.ts";
import { createLinking } from "./linking.ts";
import type { OwnDevices } from "./own-devices.ts";
import type { PeerSession } from "./peer-session.ts";
import { quietLog } from "./testing/quiet-log.ts";

const box = createNodeBox();

function createIdentity(name: string): Identity {
  const random = createSeededRandom(name);
  const [root, device] = [createPersonRoot(random), createDeviceKeys(random)];
  const { person } = root;
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: 1 });
  return {
    person,
    name,
    certificate,
    device,
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 41 }),
  };
}

/** What one side sends to the other; a test may take it, alter it, or put in its own. */
function createMeeting(names: { readonly old?: Identity; readonly fresh?: Identity } = {}) {
  const old = names.old ?? createIdentity("Ann");
  let fresh = names.fresh ?? createIdentity("whoever");
  const [clock, random] = [createManualClock(), createSeededRandom("meeting")];
  const linked: string[] = [];
  const own = {
    link: async ({ name }: { name: string }) => {
      linked.push(name);
      return [];
    },
    isOwn: () => false,
  } as unknown as OwnDevices;
  const ledger = {
    replicas: new Map(),
    gather: () => ({}),
    commit: async () => ({}),
  } as unknown as Ledger;
  const offer = new LinkingOffer({
    clock,
    random,
    log: quietLog,
    identity: () => old,
    own,
    hints: () => [{ host: "10.0.0.1", port: 1 }],
    onKeysChanged: () => undefined,
    handKeys: () => undefined,
  });
  const join = new LinkingJoin({
    clock,
    random,
    log: quietLog,
    store: createMemoryStore(),
    box,
    ledger,
    identity: () => fresh,
    setIdentity: (next) => (fresh = next),
    keepPrekey: () => [],
    isJoining: () => false,
    want: () => undefined,
    doneWith: () => undefined,
    onKeysChanged: () => undefined,
  });
  const { link } = offer.open();
  const toOld: LinkingStep[] = [];
  const toFresh: LinkingStep[] = [];
  const shared = [
    {
      kind: "linking" as const,
      key: linkingKey(decodeLinkingLink(link).seed),
      space: null,
      invite: null,
      order: 0,
    },
  ];
  /** As one side sees the other. */
  const session = (peer: Identity, sent: LinkingStep[]): PeerSession => {
    const fake = {
      device: peer.device.device,
      person: peer.person,
      shared,
      isOpen: true,
      send(frame: Frame) {
        if (frame.type === "linking") sent.push(decodeLinkingStep(frame.step));
        return true;
      },
      close: () => undefined,
    };
    return fake as unknown as PeerSession;
  };
  const atOld = session(fresh, toFresh);
  const atFresh = session(old, toOld);
  const take = (from: LinkingStep[]): LinkingStep => {
    const step = from.shift();
    if (!step) throw new Error("nothing was said");
    return step;
  };
  const begin = async (): Promise<void> => {
    const taking = join.take(link, { waitMs: 0 });
    clock.advance(0);
    await taking;
  };
  /** Up to the digits. */
  const meet = async (): Promise<string> => {
    await begin();
    join.onSession(atFresh);
    offer.onStep(atOld, take(toOld));
    join.onStep(atFresh, take(toFresh));
    offer.onStep(atOld, take(toOld));
    return join.info?.code ?? "";
  };
  return {
    offer,
    join,
    clock,
    link,
    linked,
    toOld,
    toFresh,
    session,
    atOld,
    atFresh,
    take,
    begin,
    meet,
    old,
    fresh: () => fresh,
    own,
  };
}

let meeting: ReturnType<typeof createMeeting>;

beforeEach(() => {
  meeting = createMeeting();
});

test("[ID28] ask, nonce, reveal, and after the digits a grant by which the device is the person's", async () => {
  const { offer, join, meet, take, toFresh, atFresh, old, fresh, linked } = meeting;
  const digits = await meet();
  expect(offer.info).toMatchObject({ state: "confirm", name: "whoever" });
  expect(linked).toEqual([]);
  await offer.confirm(`${digits.slice(0, 3)} ${digits.slice(3)}`);
  expect(linked).toEqual(["whoever"]);
  join.onStep(atFresh, take(toFresh));
  join.onStep(atFresh, take(toFresh));
  await join.take(meeting.link, { waitMs: 10_000, shown: true });
  expect(join.info).toMatchObject({ step: "done" });
  expect(fresh()).toMatchObject({ person: old.person, name: "Ann" });
  expect(fresh().certificate).toMatchObject({ depth: 2, issuer: old.certificate });
  expect(offer.info).toBeNull();
});

describe("hostile devices", () => {
  test("[ID29] a reveal that is not what was committed to ends the link", async () => {
    const other = createMeeting({ fresh: createIdentity("whoever else") });
    for (const alter of [
      (step: Extract<LinkingStep, { step: "reveal" }>) => ({ ...step, nonce: new Uint8Array(32) }),
      (step: Extract<LinkingStep, { step: "reveal" }>) => ({ ...step, prekey: other.old.prekey.bundle }),
    ]) {
      const { offer, join, begin, atOld, atFresh, take, toOld, toFresh } = createMeeting();
      await begin();
      join.onSession(atFresh);
      offer.onStep(atOld, take(toOld));
      join.onStep(atFresh, take(toFresh));
      const reveal = take(toOld);
      if (reveal.step !== "reveal") throw new Error("no reveal");
      offer.onStep(atOld, alter(reveal));
      expect(offer.info).toBeNull();
      expect(take(toFresh)).toEqual({ step: "refuse", reason: "failed" });
    }
  });

  test("[ID31] a second device is refused whatever it says, and the first goes on", async () => {
    const { offer, meet, session, linked, link } = meeting;
    const digits = await meet();
    const said: LinkingStep[] = [];
    const second = session(createIdentity("thief"), said);
    offer.onStep(second, { step: "ask", commitment: new Uint8Array(32), name: "thief" });
    expect(said).toEqual([{ step: "refuse", reason: "ended" }]);
    offer.onStep(second, { step: "reveal", nonce: new Uint8Array(32), prekey: meeting.old.prekey.bundle });
    offer.onStep(second, { step: "refuse", reason: "cancelled" });
    expect(offer.info).toMatchObject({ link, state: "confirm" });
    await offer.confirm(digits);
    expect(linked).toEqual(["whoever"]);
  });

  test("[ID31] a link ends after ten minutes, and with a newer one", async () => {
    const { offer, clock, meet, toFresh, take, link } = meeting;
    const digits = await meet();
    clock.advance(LINKING_OFFER_MS);
    expect(offer.info).toBeNull();
    expect(take(toFresh)).toEqual({ step: "refuse", reason: "ended" });
    await expect(offer.confirm(digits)).rejects.toMatchObject({ code: "UNKNOWN_LINK" });
    const next = offer.open();
    expect(next.link).not.toBe(link);
    expect(offer.proofKeys()).toHaveLength(1);
  });

  test("[ID32] whoever holds the link but is another person is told nothing", async () => {
    const { join, begin, session } = meeting;
    await begin();
    const said: LinkingStep[] = [];
    const thief = session(createIdentity("thief"), said);
    join.onSession(thief);
    join.onStep(thief, { step: "nonce", nonce: new Uint8Array(32) });
    expect(said).toEqual([]);
    expect(join.info).toMatchObject({ step: "looking", code: null });
  });

  test("[ID32] a grant that was not asked for, or does not fit, makes the device nobody's", async () => {
    const early = createMeeting();
    const good = (of: typeof early, device = of.fresh().device.device, by: Identity = of.old) =>
      ({
        step: "grant",
        certificate: linkDevice(by, { device, issuedMs: 1 }),
        personName: "Ann",
        spaces: [],
      }) as const;
    await early.begin();
    early.join.onSession(early.atFresh);
    early.join.onStep(early.atFresh, good(early));
    await early.join.granted();
    expect(early.join.info?.step).toBe("asking");
    const thief = createIdentity("thief");
    for (const forge of [
      (of: typeof early) => good(of, thief.device.device),
      (of: typeof early) => good(of, of.fresh().device.device, thief),
      (of: typeof early) => good(of, of.fresh().device.device, { ...of.old, device: thief.device }),
      (of: typeof early) => ({ ...good(of), certificate: of.old.certificate }),
    ]) {
      const one = createMeeting();
      await one.meet();
      const { person } = one.fresh();
      one.join.onStep(one.atFresh, forge(one));
      await one.join.granted();
      expect(one.join.info).toMatchObject({ step: "failed", code: null });
      expect(one.fresh().person).toBe(person);
    }
  });

  test("[ID34] bytes that are no step are told as a fault, and change nothing", async () => {
    const { offer, join, own, meet, atOld } = meeting;
    await meet();
    const linking = createLinking({ offer, join, own });
    const faults: string[] = [];
    for (const bytes of [
      new Uint8Array(13_000),
      Uint8Array.of(0x81, 0x18),
      encodeLinkingStep({ step: "done" }),
    ])
      linking.onStep(atOld, bytes, (code) => faults.push(code));
    expect(faults).toEqual(["CBOR_SIZE", expect.stringMatching(/^(CBOR_|MALFORMED)/)]);
    expect(offer.info?.state).toBe("confirm");
  });
});
