/** Makes spec/vectors/{space,epoch,invite}.json: known inputs and what they must give, all bytes as hex. */
import { createSeededBox } from "../crypto/box-noble.ts";
import { sha256, utf8 } from "../crypto/index.ts";
import { boxInfo, boxName, sealBoxes } from "../encryption/index.ts";
import { controlScope, deriveEpochKeys, publicScope } from "../event/index.ts";
import {
  certifyDevice,
  createPrekey,
  deviceKeysFromSeed,
  encodeCertificate,
  encodePrekey,
  personRootFromSeed,
} from "../identity/index.ts";
import type { EventId } from "../ids.ts";
import { decodeJoinRequest, spaceIdOf } from "../membership/index.ts";
import { seededRandom } from "../membership/world.fixture.ts";
import { inviteKeys } from "./invite-keys.ts";
import { encodeInviteLink } from "./invite-link.ts";
import { createJoinRequest } from "./join.ts";

const bytesOf = (text: string) => sha256(utf8(`vector/${text}`));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

// Made anew for each file below, so that one vector does not depend on which other was made first.
const newBox = () => createSeededBox(seededRandom("vector/box"));
const root = personRootFromSeed(bytesOf("root"));
const device = deviceKeysFromSeed(bytesOf("device"));
const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: 1_700_000_000_000 });
const prekey = createPrekey({
  person: root.person,
  device,
  box: newBox(),
  random: seededRandom("vector/prekey"),
  expiresMs: 1_800_000_000_000,
});
const founding = {
  person: root.person,
  device: device.device,
  salt: bytesOf("salt"),
  kind: "community",
  name: "Café",
  profile: "archive",
} as const;
const space = spaceIdOf(founding);

export function makeSpaceVectors() {
  return {
    description: "spec/space SP1, spec/event EV2: the id of a space, and its scopes",
    founding: { ...founding, salt: hex(founding.salt) },
    space,
    controlScope: controlScope(space),
    publicScope: publicScope(space),
  };
}

export function makeEpochVectors() {
  const secrets = {
    space,
    scope: publicScope(space),
    headerSecret: bytesOf("header secret"),
    contentSecret: bytesOf("content secret"),
  };
  const keys = deriveEpochKeys(secrets);
  const { recipients, boxes } = sealBoxes(keys, [prekey.bundle], newBox());
  const binding = {
    space,
    scope: keys.scope,
    epoch: keys.epoch,
    device: device.device,
    prekey: prekey.bundle.id,
  };
  return {
    description: "spec/epoch EP5-EP9: a box, its name and its binding; the blob is one of many, it must open",
    headerSecret: hex(secrets.headerSecret),
    contentSecret: hex(secrets.contentSecret),
    prekeySecretSeed: hex(prekey.secretSeed),
    prekeyPublicKey: hex(prekey.bundle.publicKey),
    binding,
    info: hex(boxInfo(binding)),
    name: boxName(prekey.bundle.id, keys.epoch),
    recipients,
    blob: hex(boxes[0]?.blob ?? new Uint8Array(0)),
  };
}

export function makeInviteVectors() {
  const seed = bytesOf("invite seed").subarray(0, 16);
  const { invite, publicKey, secretKey, discoveryKey } = inviteKeys(seed);
  const link = {
    seed,
    space,
    head: hex(bytesOf("head")) as EventId,
    hints: [{ host: "192.168.1.20", port: 4_100 }],
    spaceName: "Café",
  };
  const request = createJoinRequest({
    link,
    identity: { person: root.person, name: "Zoë", certificate, device, prekey },
  });
  const { inviteSignature, deviceSignature } = decodeJoinRequest(request);
  return {
    description: "spec/invite IN1, IN2, IN4, IN5, IN14: keys of a seed, a link, a join request",
    seed: hex(seed),
    invite,
    publicKey: hex(publicKey),
    secretKey: hex(secretKey),
    discoveryKey: hex(discoveryKey),
    link: { ...link, seed: hex(link.seed), text: encodeInviteLink(link) },
    joinRequest: {
      personName: "Zoë",
      deviceSeed: hex(device.seed),
      certificate: hex(encodeCertificate(certificate)),
      prekey: hex(encodePrekey(prekey.bundle)),
      inviteSignature: hex(inviteSignature),
      deviceSignature: hex(deviceSignature),
      bytes: hex(request),
    },
  };
}
