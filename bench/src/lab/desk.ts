/** A space and all its members in this process: plans are sealed, opened again and judged as a node does it. */
import { randomBytes } from "node:crypto";
import {
  createEpochBook,
  certifyDevice,
  createDeviceKeys,
  createJoinRequest,
  createMembership,
  createNodeBox,
  createPersonRoot,
  createPrekey,
  decodeBody,
  decodeOuter,
  deriveEpochKeys,
  foundSpace,
  openEvent,
  planAdmission,
  planEpoch,
  planInvite,
  planRemoval,
  sealEvent,
  verifyOpened,
} from "@kith/core";
import type {
  ControlEvent,
  EpochKeys,
  EventId,
  Identity,
  Membership,
  PlannedWrite,
  SpaceId,
} from "@kith/core";

export interface Cost {
  readonly bytes: number;
  readonly tookMs: number;
}

export interface Desk {
  readonly space: SpaceId;
  readonly membership: Membership;
  readonly control: EpochKeys;
  /** The founder first. */
  readonly people: readonly Identity[];
  /** Of the control scope, in the order of arrival. */
  readonly events: readonly ControlEvent[];
  /** parents: default all heads. */
  write(
    planned: PlannedWrite,
    at: { readonly by: Identity; readonly parents?: readonly EventId[] },
  ): { readonly event: ControlEvent; readonly bytes: number };
  say(text: string): Cost;
  admitOne(): Cost;
  removeOne(): Cost;
}

const NEVER_MS = 2 ** 41;
const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const box = createNodeBox();

export function createDesk(devices: number): Desk {
  const founder = createIdentity(0);
  const people = [founder];
  const events: ControlEvent[] = [];
  const founded = foundSpace({ identity: founder, name: "Bench", kind: "group", box, random });
  const { space } = founded;
  const keys = new Map(
    founded.secrets.map((secrets) => deriveEpochKeys(secrets)).map((each) => [each.epoch, each]),
  );
  let [control, content] = [...keys.values()] as [EpochKeys, EpochKeys];
  const membership = createMembership(space);
  const book = createEpochBook();
  const tips = new Map<string, { readonly seq: number; readonly id: EventId }>();
  let timeMs = 1_000;
  let made = 0;

  function write(
    { scope, epoch, body }: PlannedWrite,
    { by, parents }: { readonly by: Identity; readonly parents?: readonly EventId[] },
  ): { event: ControlEvent; bytes: number } {
    const under = keys.get(epoch);
    if (under === undefined) throw new Error("there is no such epoch");
    const { device } = by.device;
    const isControl = scope === founded.secrets[0]?.scope;
    const tip = tips.get(scope + device) ?? null;
    const follows = parents ?? (isControl ? membership.heads() : []);
    timeMs += 1;
    const sealed = sealEvent(
      {
        space,
        scope,
        device,
        seq: (tip?.seq ?? 0) + 1,
        prev: tip?.id ?? null,
        parents: follows.filter((id) => id !== tip?.id).slice(0, 16),
        auth: isControl ? [] : membership.heads(),
        time: { ms: timeMs, count: 0 },
        body,
      },
      { keys: under, secretKey: by.device.secretKey, salt: random.bytes(16) },
    );
    const opened = openEvent(decodeOuter(sealed.outer), under);
    if (!verifyOpened(opened) || opened.body === null)
      throw new Error("an event of one's own does not verify");
    const { id, header } = opened;
    const event = { id, header, body: decodeBody(header.kind, opened.body) };
    if (event.body) book.note({ id, header, body: event.body });
    tips.set(scope + device, { seq: header.seq, id });
    if (isControl) {
      membership.add(event);
      events.push(event);
    }
    return { event, bytes: sealed.outer.byteLength };
  }

  function writeAll(planned: readonly PlannedWrite[]): number {
    return planned.reduce((sum, one) => sum + write(one, { by: founder }).bytes, 0);
  }

  function openInvite(): ReturnType<typeof planInvite> {
    const invite = planInvite({
      space,
      role: "member",
      usesMax: 1_000,
      expiresMs: null,
      random,
      controlEpoch: control.epoch,
    });
    write(invite.write, { by: founder });
    return invite;
  }

  function admitOne(): Cost {
    const identity = createIdentity((made += 1));
    const request = createJoinRequest({ link: { seed: invite.seed, space }, identity });
    const beganMs = performance.now();
    const plan = planAdmission({
      request,
      membership,
      book,
      keys: { control, content: [...keys.values()].filter((each) => each !== control) },
      box,
    });
    const bytes = writeAll(plan.writes) + sizeOf(plan.boxes);
    const tookMs = performance.now() - beganMs;
    people.push(identity);
    return { bytes, tookMs };
  }

  function removeOne(): Cost {
    const gone = people.pop();
    if (gone === undefined) throw new Error("nobody is left");
    const beganMs = performance.now();
    let bytes = writeAll([
      planRemoval({ space, person: gone.person, fences: [], controlEpoch: control.epoch }),
    ]);
    for (const { scope } of [control, content]) {
      const isControl = scope === control.scope;
      const held = [...keys.values()].filter((each) => isControl || each.scope === scope);
      const under = isControl ? null : control;
      const among = { book, control: under, held };
      const fresh = planEpoch({ scope, membership, among, box, random });
      keys.set(fresh.keys.epoch, fresh.keys);
      bytes += writeAll(fresh.writes) + sizeOf(fresh.boxes);
      if (isControl) control = fresh.keys;
      else content = fresh.keys;
    }
    return { bytes, tookMs: performance.now() - beganMs };
  }

  writeAll(founded.writes);
  const invite = openInvite();
  while (people.length < devices) admitOne();

  return {
    space,
    membership,
    get control() {
      return control;
    },
    people,
    events,
    write,
    say(text) {
      const { channel } = founded;
      const beganMs = performance.now();
      const { bytes } = write(
        {
          scope: content.scope,
          epoch: content.epoch,
          body: { type: "message.post", channel, text, replyTo: null },
        },
        { by: founder },
      );
      return { bytes, tookMs: performance.now() - beganMs };
    },
    admitOne,
    removeOne,
  };
}

function createIdentity(index: number): Identity {
  const root = createPersonRoot(random);
  const device = createDeviceKeys(random);
  return {
    person: root.person,
    name: `Person ${index}`,
    device,
    certificate: certifyDevice(root.seed, { device: device.device, issuedMs: 1 }),
    prekey: createPrekey({ person: root.person, device, box, random, expiresMs: NEVER_MS }),
  };
}

function sizeOf(boxes: readonly { readonly name: string; readonly blob: Uint8Array }[]): number {
  return boxes.reduce((sum, { name, blob }) => sum + name.length / 2 + blob.byteLength, 0);
}
