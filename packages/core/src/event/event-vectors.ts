/** The examples of spec/vectors/event.json, made from fixed seeds: write-event.ts writes them, a test compares. */
import { advanceChain, bodyKeyAt, startOfChain } from "./ratchet.ts";
import { REPORT_BOX_BYTES, REPORT_SEALED_BYTES } from "./report-boxes.ts";
import { commitToContent, deriveEpochKeys, sealedSecrets } from "./epoch-keys.ts";
import { sha256 } from "../crypto/index.ts";
import { certifyDevice } from "../identity/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import type { BoxName, EpochId, EventId, InviteId, PersonId, PrekeyId } from "../ids.ts";
import { encodeBody } from "./bodies.ts";
import type { Body } from "./body-types.ts";
import { encodeEquivocation, proveEquivocation } from "./equivocation.ts";
import {
  alice,
  bob,
  channel,
  control,
  controlEpoch,
  draft,
  epoch,
  id16,
  id32,
  post,
  salt,
  scope,
  seeded,
  space,
  START_MS,
} from "./event-fixtures.ts";
import { kinds, signatureDomain } from "./kinds.ts";
import { decodeOuter, shedBody } from "./outer.ts";
import { openEvent } from "./open.ts";
import { padBody, paddedLength } from "./padding.ts";
import { sealEvent } from "./seal.ts";
import type { EventDraft } from "./seal.ts";
import { bucketOf } from "./time.ts";

/** One body of every kind. */
export function exampleBodies(): Body[] {
  const certificate = certifyDevice(seeded("founder root"), { device: alice.device, issuedMs: START_MS });
  const prekey: PrekeyBundle = {
    person: certificate.person,
    device: alice.device,
    suite: 1,
    id: id16<PrekeyId>("prekey"),
    // Form only: the event room does not look into keys and signatures inside a body.
    publicKey: new Uint8Array(1216).fill(7),
    expiresMs: START_MS + 1,
    signature: new Uint8Array(64).fill(9),
  };
  const recipients = [alice, bob].map(({ device }) => ({
    device,
    prekey: id16<PrekeyId>(`prekey of ${device}`),
    box: id16<BoxName>(`box of ${device}`),
  }));
  return [
    {
      type: "space.create",
      person: certificate.person,
      certificate,
      prekey,
      name: "Climbing",
      spaceKind: "community",
      personName: "Alice",
      salt: seeded("space salt"),
      profile: "archive",
    },
    { type: "channel.create", channel, scope, name: "general" },
    {
      type: "invite.create",
      invite: id16<InviteId>("invite"),
      publicKey: seeded("invite key"),
      role: "member",
      usesMax: 5,
      expiresMs: START_MS,
      discoveryKey: seeded("discovery"),
      mode: "gated",
    },
    {
      type: "invite.create",
      invite: id16<InviteId>("open invite"),
      publicKey: seeded("open invite key"),
      role: "reader",
      usesMax: 100,
      expiresMs: null,
      discoveryKey: seeded("open discovery"),
      mode: "open",
    },
    { type: "invite.revoke", invite: id16<InviteId>("invite") },
    { type: "member.admit", request: seeded("request") },
    { type: "profile.set", name: "Zoë 🧗", status: null, avatar: null },
    { type: "profile.set", name: "Zoë 🧗", status: "on the wall till six", avatar: seeded("picture") },
    {
      type: "member.remove",
      person: certificate.person,
      fences: [{ scope, device: alice.device, seq: 7, id: id32<EventId>("message") }],
    },
    { type: "member.role", person: certificate.person, role: "admin" },
    { type: "space.update", name: "Climbing club" },
    { type: "member.confirm", admission: id32<EventId>("message") },
    { type: "device.link", certificate, prekey, name: "Phone" },
    {
      type: "device.remove",
      person: certificate.person,
      device: alice.device,
      fences: [{ scope, device: alice.device, seq: 7, id: id32<EventId>("message") }],
      rootSignature: new Uint8Array(64).fill(8),
    },
    { type: "device.name", device: alice.device, name: "Old phone" },
    { type: "device.prekey", prekey },
    {
      type: "device.suspend",
      device: alice.device,
      proof: seeded("proof"),
      fences: [{ scope, device: alice.device, seq: 7, id: id32<EventId>("message") }],
    },
    { type: "epoch.create", profile: "archive", recipients },
    { type: "epoch.rebox", epoch: id32<EpochId>("older epoch"), recipients },
    { type: "epoch.headers", epoch: id32<EpochId>("older epoch"), recipients },
    {
      type: "epoch.link",
      links: [
        {
          scope,
          epoch: id32<EpochId>("older epoch"),
          headerSecret: seeded("older header secret"),
          contentSecret: seeded("older content secret"),
        },
      ],
    },
    { type: "channel.found", name: "Board", salt: seeded("channel salt"), profile: "archive" },
    { type: "channel.add", people: [certificate.person, id32<PersonId>("somebody")].toSorted() },
    {
      type: "channel.remove",
      person: certificate.person,
      fences: [{ scope, device: alice.device, seq: 7, id: id32<EventId>("message") }],
    },
    {
      type: "channel.fence",
      person: certificate.person,
      removal: id32<EventId>("removal"),
      fences: [{ scope, device: alice.device, seq: 7, id: id32<EventId>("message") }],
    },
    { type: "channel.expiry", channel, seconds: 604_800 },
    { type: "channel.expiry", channel, seconds: null },
    { type: "message.post", channel, text: "Grüße, 世界", replyTo: id32<EventId>("message") },
    { type: "message.expire", channel, text: "bis morgen", replyTo: null },
    { type: "reaction.set", message: id32<EventId>("message"), emoji: "👍🏽", present: true },
    { type: "message.edit", message: id32<EventId>("message"), text: "Grüße, Welt" },
    { type: "message.delete", message: id32<EventId>("message") },
    { type: "message.pin", message: id32<EventId>("message"), present: true },
    {
      type: "message.report",
      sealed: new Uint8Array(REPORT_SEALED_BYTES).fill(3),
      boxes: [1, 2].map((byte) => new Uint8Array(REPORT_BOX_BYTES).fill(byte)),
    },
    { type: "merge" },
  ];
}

export function makeEventVectors() {
  const contentSecret = epoch.secrets.contentSecret ?? new Uint8Array();
  const commitment = commitToContent(contentSecret);
  const joinOnly = deriveEpochKeys({ ...epoch.secrets, commitment });
  const sealed = deriveEpochKeys(sealedSecrets({ ...epoch.secrets, contentSecret }));
  return {
    note: "Hex unless it is a number. Secrets and keys here are public examples: never use them.",
    scopes: { space, control, public: scope },
    epoch: {
      space: epoch.space,
      scope: epoch.scope,
      headerSecret: hex(epoch.secrets.headerSecret),
      contentSecret: hex(epoch.secrets.contentSecret ?? new Uint8Array()),
      epoch: epoch.epoch,
      headerKey: hex(epoch.headerKey),
      tagKey: hex(epoch.tagKey),
      nonceKey: hex(epoch.nonceKey),
      discoveryKey: hex(epoch.discoveryKey),
      topicKey: hex(epoch.topicKey),
      device: alice.device,
      contentKey: hex(epoch.contentKeyOf(alice.device) ?? new Uint8Array()),
      bucket: bucketOf(START_MS),
      tag: hex(epoch.tagOf(bucketOf(START_MS))),
    },
    joinOnlyEpoch: {
      headerSecret: hex(epoch.secrets.headerSecret),
      contentSecret: hex(contentSecret),
      commitment: hex(commitToContent(contentSecret)),
      epoch: joinOnly.epoch,
      headerKey: hex(joinOnly.headerKey),
      device: alice.device,
      contentKey: hex(joinOnly.contentKeyOf(alice.device) ?? new Uint8Array()),
      stateKey: hex(joinOnly.contentKeyOf(alice.device, kinds["epoch.create"]) ?? new Uint8Array()),
    },
    sealedEpoch: {
      headerSecret: hex(epoch.secrets.headerSecret),
      contentSecret: hex(contentSecret),
      epoch: sealed.epoch,
      readerKey: hex(sealed.secrets.sealed?.readerKey ?? new Uint8Array()),
      device: alice.device,
      chain: hex(startOfChain(contentSecret, sealed.epoch, alice.device).key),
      bodyKeys: [0, 1, 2].map((index) =>
        hex(bodyKeyAt(advanceChain(startOfChain(contentSecret, sealed.epoch, alice.device), index))),
      ),
    },
    padding: [0, 1, 236, 237, 300, 1_000, 16_384, 50_000].map((payloadBytes) => ({
      payloadBytes,
      paddedBytes: paddedLength(20 + payloadBytes),
    })),
    bodies: exampleBodies().map((body) => ({
      type: body.type,
      kind: kinds[body.type],
      payload: hex(encodeBody(body)),
    })),
    events: [
      describeEvent({ body: post("hello") }),
      describeEvent({
        body: { type: "message.expire", channel, text: "until tomorrow", replyTo: null },
        lifetimeS: 86_400,
      }),
      describeEvent({ body: post("x".repeat(400)), parents: [], seq: 1, prev: null }),
      describeEvent({
        body: { type: "profile.set", name: "Alice", status: null, avatar: null },
        scope: control,
        auth: [],
        parents: ["b", "a"].map((name) => id32<EventId>(name)),
      }),
    ],
    equivocation: hex(encodeEquivocation(proveEquivocation(signedPost("one"), signedPost("two")))),
  };
}

function describeEvent(changes: Partial<EventDraft>) {
  const keys = changes.scope === control ? controlEpoch : epoch;
  const { outer, id, header } = sealEvent(draft(changes), { keys, secretKey: alice.secretKey, salt });
  const opened = openEvent(decodeOuter(outer), keys);
  const payload = opened.body ?? new Uint8Array();
  return {
    secretSeed: hex(alice.seed),
    headerSecret: hex(keys.secrets.headerSecret),
    contentSecret: hex(keys.secrets.contentSecret ?? new Uint8Array()),
    salt: hex(salt),
    payload: hex(payload),
    paddedBodyHashedTo: hex(header.bodyHash),
    paddedSha256: hex(sha256(padBody(salt, payload))),
    signatureLabel: signatureDomain(header.kind, opened.signedHeader.header).label,
    header: hex(opened.signedHeader.header),
    signature: hex(opened.signedHeader.signature),
    outer: hex(outer),
    id,
    ...(header.kind >= 32 ? { shed: hex(shedBody(outer)) } : {}),
  };
}

function signedPost(text: string) {
  const { outer } = sealEvent(draft({ body: post(text) }), { keys: epoch, secretKey: alice.secretKey, salt });
  return openEvent(decodeOuter(outer), epoch).signedHeader;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
