/** People, requests and control events for tests: signed where signatures matter, placed in the graph at will. */
import { createNodeBox, hkdfSha256, sha256, signingKeyFromSeed, utf8 } from "../crypto/index.ts";
import { controlScope, kinds, publicScope } from "../event/index.ts";
import type { Body, Fence, SpaceKind } from "../event/index.ts";
import {
  certifyDevice,
  createDeviceKeys,
  createPersonRoot,
  createPrekey,
  linkDevice,
  signDeviceRemoval,
} from "../identity/index.ts";
import type { DeviceKeys, PrekeyBundle } from "../identity/index.ts";
import { toId } from "../ids.ts";
import type { ChannelId, EpochId, EventId, PersonId, SpaceId } from "../ids.ts";
import type { Random } from "../ports/index.ts";
import { inviteIdOf, spaceIdOf } from "./founding.ts";
import { encodeJoinRequest, signJoinRequest } from "./join-request.ts";
import type { JoinStatement } from "./join-request.ts";
import type { ControlEvent, Role } from "./types.ts";

export type TestPerson = ReturnType<typeof createTestPerson>;
export type TestInvite = ReturnType<typeof createTestInvite>;

/** Random bytes that a text decides. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      return hkdfSha256(utf8(seed), { info: utf8(`bytes ${count}`), length });
    },
  };
}

const box = createNodeBox();

export function createTestPerson(name: string) {
  const random = seededRandom(`person/${name}`);
  const root = createPersonRoot(random);
  return {
    name,
    person: root.person,
    rootSeed: root.seed,
    ...createTestDevice(root.person, root.seed, random),
  };
}

export function createTestDevice(person: PersonId, rootSeed: Uint8Array, random: Random) {
  const device = createDeviceKeys(random);
  return {
    device,
    certificate: certifyDevice(rootSeed, { device: device.device, issuedMs: 1 }),
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 41 }),
  };
}

/** A further device of the person of this one, which signs for it. */
export function createLinkedDevice(by: TestPerson, name: string): TestPerson {
  const random = seededRandom(`device/${name}`);
  const device = createDeviceKeys(random);
  const { person, rootSeed } = by;
  return {
    ...by,
    name,
    rootSeed,
    device,
    certificate: linkDevice(by, { device: device.device, issuedMs: 1 }),
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 41 }),
  };
}

export function createTestInvite(name: string) {
  const { publicKey, secretKey } = signingKeyFromSeed(sha256(utf8(name)));
  return { invite: inviteIdOf(publicKey), publicKey, secretKey };
}

export function requestOf(
  space: SpaceId,
  who: TestPerson,
  invite: TestInvite,
  changes: Partial<JoinStatement> = {},
): Uint8Array {
  return encodeJoinRequest(
    signJoinRequest(
      {
        space,
        inviteKey: invite.publicKey,
        person: who.person,
        personName: who.name,
        certificate: who.certificate,
        prekey: who.prekey.bundle,
        ...changes,
      },
      { inviteSecretKey: invite.secretKey, deviceSecretKey: who.device.secretKey },
    ),
  );
}

/** A space that the founder opens; `write` places events wherever the test says. */
export function createTestSpace(
  founder: TestPerson,
  {
    salt = sha256(utf8("salt")),
    name = "Climbing",
    kind = "group",
  }: { readonly salt?: Uint8Array; readonly name?: string; readonly kind?: SpaceKind } = {},
) {
  const space = spaceIdOf({
    person: founder.person,
    device: founder.device.device,
    salt,
    kind,
    name,
    profile: "archive",
  });
  const last = new Map<string, ControlEvent>();
  let timeMs = 1_000;

  function write(
    author: { readonly device: Pick<DeviceKeys, "device"> },
    body: Body,
    {
      follows,
      atMs,
      forks = false,
    }: { readonly follows: readonly ControlEvent[]; readonly atMs?: number; readonly forks?: boolean },
  ): ControlEvent {
    const { device } = author.device;
    const previous = forks ? undefined : last.get(device);
    timeMs += 1;
    const parents = follows
      .filter((event) => event !== previous)
      .map(({ id }) => id)
      .sort();
    const header = {
      space,
      scope: controlScope(space),
      device,
      seq: (previous?.header.seq ?? 0) + 1,
      prev: previous?.id ?? null,
      parents,
      auth: [],
      time: { ms: atMs ?? timeMs, count: 0 },
      epoch: "ee".repeat(32) as EpochId,
      kind: kinds[body.type],
      ratchet: null,
      bodyHash: new Uint8Array(32),
      contentHash: new Uint8Array(32),
    };
    const id = toId<EventId>(sha256(utf8(JSON.stringify([header, body]))));
    const event: ControlEvent = { id, header, body };
    if (!forks) last.set(device, event);
    return event;
  }

  const creation: Body = {
    type: "space.create",
    person: founder.person,
    certificate: founder.certificate,
    prekey: founder.prekey.bundle,
    name,
    spaceKind: kind,
    personName: founder.name,
    salt,
    profile: "archive",
  };
  return { space, write, creation, founding: write(founder, creation, { follows: [] }) };
}

export const bodies = {
  invite: (
    invite: TestInvite,
    options: {
      role?: "member" | "reader";
      usesMax?: number;
      expiresMs?: number | null;
      mode?: "gated" | "open";
    } = {},
  ): Body => ({
    type: "invite.create",
    invite: invite.invite,
    publicKey: invite.publicKey,
    role: options.role ?? "member",
    usesMax: options.usesMax ?? 10,
    expiresMs: options.expiresMs ?? null,
    discoveryKey: sha256(invite.publicKey),
    mode: options.mode ?? "gated",
  }),
  revoke: (invite: TestInvite): Body => ({ type: "invite.revoke", invite: invite.invite }),
  admit: (request: Uint8Array): Body => ({ type: "member.admit", request }),
  rename: (name: string): Body => ({ type: "profile.set", name, status: null, avatar: null }),
  profile: (name: string, status: string | null, avatar: Uint8Array | null): Body => ({
    type: "profile.set",
    name,
    status,
    avatar,
  }),
  remove: (who: Pick<TestPerson, "person">, fences: readonly Fence[] = []): Body => ({
    type: "member.remove",
    person: who.person,
    fences,
  }),
  rank: (who: Pick<TestPerson, "person">, role: Role): Body => ({
    type: "member.role",
    person: who.person,
    role,
  }),
  link: (who: TestPerson): Body => ({
    type: "device.link",
    certificate: who.certificate,
    prekey: who.prekey.bundle,
    name: who.name,
  }),
  unlink: (who: TestPerson, fences: readonly Fence[] = []): Body => ({
    type: "device.remove",
    person: who.person,
    device: who.device.device,
    fences,
    rootSignature: null,
  }),
  unlinkByRoot: (space: SpaceId, who: TestPerson): Body => ({
    type: "device.remove",
    person: who.person,
    device: who.device.device,
    fences: [],
    rootSignature: signDeviceRemoval(who.rootSeed, { space, device: who.device.device }),
  }),
  prekey: (prekey: PrekeyBundle): Body => ({ type: "device.prekey", prekey }),
  nameDevice: (who: TestPerson, name: string): Body => ({
    type: "device.name",
    device: who.device.device,
    name,
  }),
  confirm: ({ id }: ControlEvent): Body => ({ type: "member.confirm", admission: id }),
  renameSpace: (name: string): Body => ({ type: "space.update", name }),
  channel: (space: SpaceId, name: string, id = name): Body => ({
    type: "channel.create",
    channel: toId<ChannelId>(sha256(utf8(id)).subarray(0, 16)),
    scope: publicScope(space),
    name,
  }),
};

/** A request whose invite signature is by another key than the invite's. */
export function forgedRequestOf(space: SpaceId, who: TestPerson, invite: TestInvite): Uint8Array {
  return requestOf(space, who, {
    ...invite,
    secretKey: signingKeyFromSeed(sha256(utf8("forger"))).secretKey,
  });
}
