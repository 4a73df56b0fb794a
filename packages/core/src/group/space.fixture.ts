/** A space on one device, with an invite: for tests. */
import { createNodeBox } from "../crypto/index.ts";
import { createEpochBook } from "../encryption/index.ts";
import {
  deriveEpochKeys,
  openEvent,
  decodeOuter,
  sealEvent,
  verifyOpened,
  decodeBody,
} from "../event/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { EventId, ScopeId } from "../ids.ts";
import { createMembership } from "../membership/index.ts";
import { createTestPerson, seededRandom } from "../membership/world.fixture.ts";
import type { TestPerson } from "../membership/world.fixture.ts";
import { foundSpace } from "./found-space.ts";
import type { PlannedWrite } from "./identity.ts";
import { decodeInviteLink, encodeInviteLink } from "./invite-link.ts";
import { createJoinRequest, planAdmission } from "./join.ts";
import { planInvite } from "./plan.ts";
import { projectEvent } from "./project.ts";

export const box = createNodeBox();
export const ann = createTestPerson("Ann");
export const bea = createTestPerson("Bea");
export const cid = createTestPerson("Cid");
export const nowMs = 1_000_000;

/** A space on one device: plans are sealed, opened again and judged, as a node does it. */
export function openSpace() {
  const random = seededRandom("group");
  const founded = foundSpace({ identity: ann, name: "  Climbing\tclub ", kind: "community", box, random });
  const { space } = founded;
  const keys = new Map(
    founded.secrets.map((secrets) => deriveEpochKeys(secrets)).map((epoch) => [epoch.epoch, epoch]),
  );
  const [control, content] = [...keys.values()] as [EpochKeys, EpochKeys];
  const membership = createMembership(space);
  const book = createEpochBook();
  const tips = new Map<string, { seq: number; id: EventId }>();
  const heads = new Map<ScopeId, EventId>();
  let timeMs = nowMs;

  function write({ scope, epoch, body }: PlannedWrite, author: TestPerson = ann) {
    const under = keys.get(epoch);
    if (!under) throw new Error("no such epoch");
    const tip = tips.get(scope + author.device.device);
    const head = heads.get(scope);
    timeMs += 1;
    const { outer } = sealEvent(
      {
        space,
        scope,
        device: author.device.device,
        seq: (tip?.seq ?? 0) + 1,
        prev: tip?.id ?? null,
        parents: head && head !== tip?.id ? [head] : [],
        auth: scope === control.scope ? [] : membership.heads(),
        time: { ms: timeMs, count: 0 },
        body,
      },
      { keys: under, secretKey: author.device.secretKey, salt: random.bytes(16) },
    );
    const opened = openEvent(decodeOuter(outer), under);
    if (!verifyOpened(opened) || !opened.body) throw new Error("own event does not verify");
    const { id, header } = opened;
    const event = { id, header, body: decodeBody(header.kind, opened.body) };
    const verdict = scope === control.scope ? membership.add(event) : null;
    book.note(event);
    tips.set(scope + author.device.device, { seq: header.seq, id });
    heads.set(scope, id);
    return { ...event, verdict, views: projectEvent({ ...event, membership }) };
  }

  const written = founded.writes.map((planned) => write(planned));
  return { ...founded, random, control, content, keys, membership, book, write, written };
}

/** As openSpace, with an invite by Ann. */
export function openWithInvite(
  options: {
    usesMax?: number;
    expiresMs?: number | null;
    role?: "member" | "reader";
    mode?: "gated" | "open";
  } = {},
) {
  const world = openSpace();
  const { space, random, control, membership, write } = world;
  const planned = planInvite({
    space,
    role: "member",
    usesMax: 2,
    expiresMs: null,
    ...options,
    random,
    controlEpoch: control.epoch,
  });
  write(planned.write);
  const head = membership.heads()[0] ?? ("" as EventId);
  const link = decodeInviteLink(
    encodeInviteLink({ seed: planned.seed, space, head, hints: [], spaceName: "Climbing club" }),
  );
  const admit = (who: TestPerson, by: TestPerson = ann) => {
    const request = createJoinRequest({ link, identity: who });
    const plan = planAdmission({
      request,
      membership,
      book: world.book,
      keys: { control, content: [world.content] },
      box,
    });
    return { plan, written: plan.writes.map((one) => write(one, by)) };
  };
  return { ...world, planned, link, admit };
}
