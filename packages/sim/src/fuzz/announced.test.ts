/** Keys that were handed to some and announced to nobody, on the parts of a node. */
import {
  PARENTS_MAX,
  createEpochSecrets,
  decodeBody,
  decodeOuter,
  deriveEpochKeys,
  kinds,
  openEvent,
  sealBoxes,
  sealEvent,
} from "@kith/core";
import type { Body, EpochKeys, EventId, SealedEvent } from "@kith/core";
import { expect, test } from "vitest";
import { createSeededRandom } from "../seeded-random.ts";
import type { Party } from "./party.ts";
import { WHOLE } from "./party.ts";
import { box } from "./people.ts";
import { ask, CONTROL, gather, invite, replicaOf, rowsOf, say, texts } from "./scenes.fixture.ts";

type Gathered = Awaited<ReturnType<typeof gather>>;

/** Dov's next event of the open channels, under whichever key. */
function next(
  { dov }: Gathered,
  { keys, body, after }: { keys: EpochKeys; body: Body; after?: SealedEvent },
): SealedEvent {
  const { content, membership, space } = replicaOf(dov);
  const state = dov.ledger.scopeState(content);
  const tip = state?.tips.get(dov.device);
  const device = { scope: content, device: dov.device, space };
  const place = after
    ? { seq: after.header.seq + 1, prev: after.id, parents: [] }
    : { seq: (tip?.seq ?? 0) + 1, prev: tip?.id ?? null, parents: [...(state?.heads.keys() ?? [])] };
  const parents = place.parents.filter((id) => id !== place.prev).toSorted();
  const tips = [...(state?.tips.values() ?? [])].map(({ timeMs: ms, timeCount: count }) => ({ ms, count }));
  const time = dov.ledger.timeAfter(after ? [...tips, after.header.time] : tips);
  return sealEvent(
    { ...device, ...place, parents, auth: membership.heads(), time, body },
    { keys, secretKey: dov.identity.device.secretKey, salt: new Uint8Array(16) },
  );
}

function unannounced({ dov, ann }: Gathered): { keys: EpochKeys; giveTo: (party: Party) => Promise<void> } {
  const { content, space, membership } = replicaOf(dov);
  const keys = deriveEpochKeys(
    createEpochSecrets({ space, scope: content, random: createSeededRandom(`his own ${ann.device}`) }),
  );
  const give = async (party: Party): Promise<void> => {
    const prekey = membership.state().devices.get(party.device)?.prekeys.at(-1);
    if (!prekey) throw new Error(`${party.name} is a member`);
    const sealed = sealBoxes(keys, [prekey], box);
    const [{ name, blob } = { name: "" as never, blob: new Uint8Array() }] = sealed.boxes;
    const { scope, epoch } = keys;
    await party.take({ type: "box", space, scope, epoch, prekey: prekey.id, name, blob });
  };
  return { keys, giveTo: give };
}

const messageOf = ({ dov }: Gathered, text: string): Body => {
  const [channel] = replicaOf(dov).membership.state().channels.keys();
  return { type: "message.post", channel: channel ?? ("" as never), text, replyTo: null };
};

const idsOf = (party: Party): EventId[] =>
  rowsOf(party, replicaOf(party).content)
    .map(({ id }) => id)
    .toSorted();

async function deliver({ dov }: Gathered, to: Party, events: readonly SealedEvent[]): Promise<void> {
  const { content } = replicaOf(dov);
  for (const { outer } of events)
    await to.ingest.deliver({ scope: content, outers: [outer], from: dov.device });
}

test("[EP91] [EP92] an event under a key that was announced to nobody is in nobody's set, whoever was given the key", async () => {
  const scene = await gather("announced to nobody");
  const { ann, bea } = scene;
  const { keys, giveTo } = unannounced(scene);
  await giveTo(ann);
  expect(ann.ledger.keys.get(keys.epoch)).not.toBeNull();
  const event = next(scene, { keys, body: messageOf(scene, "for Ann alone") });
  for (const party of [ann, bea]) await deliver(scene, party, [event]);
  await ann.meet(bea, WHOLE);
  await bea.meet(ann, WHOLE);
  expect(idsOf(ann)).toEqual(idsOf(bea));
  expect(texts(ann)).toEqual([]);
  for (const party of [ann, bea]) {
    expect(party.ingest.holds(event.id)).toBe(true);
    expect(party.ingest.counts).toMatchObject({ locked: 1, refused: 0 });
  }
  // Shown as what waits for a key, by who brought it.
  ann.ingest.overdueFrom(scene.dov.device, () => true);
  expect(ann.ingest.overdue()).toMatchObject([{ from: scene.dov.device, events: 1 }]);
  // Sent again it costs nothing more, and what others say goes on.
  await deliver(scene, ann, [event, event]);
  expect(ann.ingest.counts).toMatchObject({ locked: 1, duplicates: 2 });
  await say(ann, "hello");
  await ann.meet(bea, WHOLE);
  await say(bea, "hello Ann");
  await bea.meet(ann, WHOLE);
  for (const party of [ann, bea]) expect(texts(party).toSorted()).toEqual(["hello", "hello Ann"]);
});

test("[EP91] [EP92] once the epoch is announced what waited is everybody's, in any order of arrival", async () => {
  for (const order of ["key, message, announcement", "message, announcement, key", "announcement, message"]) {
    const scene = await gather(`announced late: ${order}`);
    const { ann, bea, cid } = scene;
    const { keys, giveTo } = unannounced(scene);
    const early = next(scene, { keys, body: messageOf(scene, "early") });
    const create: Body = { type: "epoch.create", profile: "archive", recipients: [] };
    // By another member, who holds it: what waits lies nowhere in its past.
    await giveTo(cid);
    const { content } = replicaOf(cid);
    await cid.author.write([{ scope: content, epoch: keys.epoch, body: create }]);
    const [announcement] = rowsOf(cid, content).slice(-1);
    if (!announcement) throw new Error("Cid has announced it");
    const announce = (to: Party) =>
      to.ingest.deliver({ scope: content, outers: [announcement.outer], from: cid.device });
    for (const party of [ann, bea]) {
      for (const step of order.split(", ")) {
        if (step === "key") await giveTo(party);
        if (step === "message") await deliver(scene, party, [early]);
        if (step === "announcement") await announce(party);
      }
      if (!order.includes("key")) await giveTo(party);
      expect(texts(party)).toEqual(["early"]);
      expect(party.ingest.counts.locked).toBe(0);
    }
    expect(idsOf(ann)).toEqual(idsOf(bea));
  }
}, 30_000);

test("[EP91] an announcement that is refused announces nothing", async () => {
  const scene = await gather("refused announcement");
  const { ann, bea } = scene;
  const { keys, giveTo } = unannounced(scene);
  await giveTo(ann);
  const [foreign] = replicaOf(ann).membership.heads();
  const create: Body = { type: "epoch.create", profile: "archive", recipients: [] };
  const base = next(scene, { keys, body: create });
  const refused = sealEvent(
    { ...base.header, parents: [foreign as EventId], body: create },
    { keys, secretKey: scene.dov.identity.device.secretKey, salt: new Uint8Array(16) },
  );
  const event = next(scene, { keys, body: messageOf(scene, "for Ann alone") });
  for (const party of [ann, bea]) await deliver(scene, party, [refused, event]);
  expect(ann.ingest.counts.refused).toBe(1);
  expect(idsOf(ann)).toEqual(idsOf(bea));
  expect(texts(ann)).toEqual([]);
});

test("[EP91] a founding event that the space's id does not commit to is taken under no key of its author's own", async () => {
  const scene = await gather("founded twice");
  const { ann, dov } = scene;
  const { control, space } = replicaOf(dov);
  const random = createSeededRandom("his own control");
  const keys = deriveEpochKeys(createEpochSecrets({ space, scope: control, random }));
  ann.ledger.addSecrets(keys);
  const [founding] = rowsOf(ann, control);
  const under = founding && ann.ledger.keys.find(decodeOuter(founding.outer).tag, founding.bucket);
  if (!under) throw new Error("a space is founded");
  const { body } = openEvent(decodeOuter(founding.outer), under);
  const event = sealEvent(
    {
      space,
      scope: control,
      device: dov.device,
      seq: 1,
      prev: null,
      parents: [],
      auth: [],
      time: dov.ledger.timeAfter([]),
      body: decodeBody(kinds["space.create"], body ?? new Uint8Array()),
    },
    { keys, secretKey: dov.identity.device.secretKey, salt: new Uint8Array(16) },
  );
  await ann.ingest.deliver({ scope: control, outers: [event.outer], from: dov.device });
  expect(ann.ingest.counts).toMatchObject({ locked: 1, refused: 0 });
  expect(rowsOf(ann, control).map(({ id }) => id)).not.toContain(event.id);
});

test("[EP93] nothing lies under an epoch before its announcement, however many heads there are to bring together", async () => {
  const { history, ann, bea, dov } = await gather("many heads");
  const link = await invite(history, ann);
  const more: Party[] = [];
  for (let at = 4; more.length <= PARENTS_MAX; at += 1) {
    const party = history.createParty(at);
    expect(await ask(party, ann, more.length < 9 ? link : await invite(history, ann))).toBeNull();
    more.push(party);
  }
  for (const party of more) await ann.meet(party, WHOLE);
  const { control, content } = replicaOf(ann);
  // Dov leaves beside all the others' doings: no key that is there may be used any more.
  await dov.members.remove(replicaOf(dov), dov.identity.person);
  await dov.meet(ann, CONTROL);
  for (const party of more) {
    const { epoch } = party.author.sendKeys(control);
    await party.author.write([
      { scope: control, epoch, body: { type: "profile.set", name: party.name, status: null, avatar: null } },
    ]);
    await party.meet(ann, CONTROL);
  }
  expect(ann.ledger.scopeState(control)?.heads.size).toBeGreaterThan(PARENTS_MAX);
  expect(ann.author.hasKeys(control)).toBe(false);
  const before = new Set([control, content].flatMap((scope) => rowsOf(ann, scope)).map(({ id }) => id));
  await say(ann, "among many");
  const first = new Map<string, number>();
  for (const { outer, kind, id } of [control, content].flatMap((scope) => rowsOf(ann, scope))) {
    const { tag, bucket } = decodeOuter(outer);
    const epoch = ann.ledger.keys.find(tag, bucket)?.epoch ?? "";
    if (!first.has(epoch)) first.set(epoch, before.has(id) ? 0 : kind);
  }
  const made = [...first.values()].filter((kind) => kind !== 0);
  expect(made.length).toBeGreaterThan(1);
  expect(new Set(made)).toEqual(new Set([kinds["epoch.create"]]));
  const last = more.at(-1);
  if (!last) throw new Error("there are many");
  for (const party of [bea, last]) {
    await ann.meet(party, WHOLE);
    expect(texts(party)).toEqual(["among many"]);
    expect(idsOf(party)).toEqual(idsOf(ann));
  }
  expect(history.violations).toEqual([]);
}, 60_000);
