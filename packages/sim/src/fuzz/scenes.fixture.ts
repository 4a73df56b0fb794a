/** A space of four and what they do in it: for scenes. */
import { createJoinRequest, createPrekey, inviteKeys, linkDevice, planInvite, sealEvent } from "@kith/core";
import type { Body, EventId, Identity, InviteLink, Log, ScopeId, SealedEvent } from "@kith/core";
import { expect } from "vitest";
import { createSeededRandom } from "../seeded-random.ts";
import { History } from "./history.ts";
import type { Party } from "./party.ts";
import { WHOLE } from "./party.ts";
import { box } from "./people.ts";

export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const CONTROL = { content: false, boxes: true, rebox: false, share: 1 };

/** A space of four, all of whom hold the same: its founder first, and an invite that lets in more. */
export async function gather(name: string) {
  const history = new History(createSeededRandom(name), {});
  await history.found();
  history.part(1);
  const [ann, bea, cid, dov] = history.parties;
  if (!ann || !bea || !cid || !dov) throw new Error("a history has four people");
  const link = await invite(history, ann);
  for (const other of [bea, cid, dov]) {
    expect(await ask(other, ann, link)).toBeNull();
    await ann.meet(other, WHOLE);
  }
  for (const other of [bea, cid, dov]) await ann.meet(other, WHOLE);
  return { history, link, ann, bea, cid, dov };
}

export async function invite({ space, random }: History, by: Party): Promise<InviteLink> {
  const { epoch } = await by.author.ensureKeys(replicaOf(by).control);
  const plan = planInvite({
    space,
    role: "member",
    usesMax: 9,
    expiresMs: null,
    random,
    controlEpoch: epoch,
  });
  await by.author.write([plan.write]);
  const [head] = replicaOf(by).membership.heads();
  return { seed: plan.seed, space, head: head ?? ("" as EventId), hints: [], spaceName: "Harbour" };
}

export function ask(party: Party, at: Party, link: InviteLink): Promise<string | null> {
  const request = createJoinRequest({ link, identity: party.identity });
  return at.letIn(party, { request, invite: inviteKeys(link.seed).invite });
}

export function replicaOf({ replica, name }: Party) {
  if (!replica) throw new Error(`${name} is in no space`);
  return replica;
}

export async function say(party: Party, text: string): Promise<EventId> {
  const { content, membership } = replicaOf(party);
  const { epoch } = await party.author.ensureKeys(content);
  const [channel] = membership.state().channels.keys();
  if (!channel) throw new Error("the space has a channel");
  const body: Body = { type: "message.post", channel, text, replyTo: null };
  const { ids } = await party.author.write([{ scope: content, epoch, body }]);
  return ids[0] ?? ("" as EventId);
}

/** The other keys as a device of this party's person. */
export function linkTo({ identity }: Party, { device }: Identity) {
  const { person } = identity;
  const random = createSeededRandom("prekey of a second device");
  return {
    certificate: linkDevice(identity, { device: device.device, issuedMs: 1 }),
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 41 }).bundle,
  };
}

export const texts = ({ store }: Party): string[] => store.messages({ limit: 99 }).map(({ text }) => text);

export const rowsOf = (party: Party, scope: ScopeId) => party.store.eventsOfScope(scope, 0, Infinity);

/** Another event with the number of the last one, signed by the same device. */
export function fork(party: Party, text: string): SealedEvent {
  const { content, membership, space } = replicaOf(party);
  const last = rowsOf(party, content).findLast(({ device }) => device === party.device);
  const keys = party.ledger.keys.ofScope(content).at(-1);
  const [channel] = membership.state().channels.keys();
  if (!last || !keys || !channel) throw new Error("nothing to fork");
  const { seq, prev, parents, timeMs: ms, timeCount: count } = last;
  const body: Body = { type: "message.post", channel, text, replyTo: null };
  return sealEvent(
    {
      space,
      scope: content,
      device: party.device,
      seq,
      prev,
      parents,
      auth: membership.heads(),
      time: { ms, count },
      body,
    },
    { keys, secretKey: party.identity.device.secretKey, salt: new Uint8Array(16) },
  );
}
