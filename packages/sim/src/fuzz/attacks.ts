/**
 * What people do who do not keep to the code: they hold their own keys and sign what they like, on whatever branch and
 * date they like, and hand it to whom they like. They give no secret of the space away: that nothing can prevent.
 */
import { createJoinRequest, deriveEpochKeys, kinds, planEpoch, sealEvent } from "@kith/core";
import type { Body, DeviceId, EpochKeys, EventId, ScopeId, SealedEvent } from "@kith/core";
import type { Act } from "./acts.ts";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";
import { box } from "./people.ts";

interface Forgery {
  readonly scope: ScopeId;
  readonly body: Body;
  readonly parents?: readonly EventId[];
  readonly auth?: readonly EventId[];
  /** As old as what it follows allows. */
  readonly backDated?: boolean;
  /** Another's, whose signature it has not. */
  readonly device?: DeviceId;
  /** Takes the number of the chain's last event once more. */
  readonly forks?: boolean;
  readonly keys?: EpochKeys;
}

/** null where the party holds no key or has nothing to fork. */
export function seal(history: History, party: Party, forgery: Forgery): SealedEvent | null {
  const { random, space } = history;
  const { scope, body, backDated, forks } = forgery;
  const state = party.ledger.scopeState(scope);
  // Under what nobody has announced others would have no way to a key.
  const held = party.ledger.keys
    .ofScope(scope)
    .filter(
      (each) =>
        party.replica?.book.get(each.epoch) &&
        each.contentKeyOf(party.device, kinds[body.type], numberFor(each, party, body)),
    );
  const keys = forgery.keys ?? (held.length > 0 ? random.pick(held) : null);
  if (!state || !keys) return null;
  const device = forgery.device ?? party.device;
  const tip = state.tips.get(device);
  const before = forks && tip ? party.store.event(tip.id) : null;
  if (forks && !before) return null;
  const seq = before ? before.seq : (tip?.seq ?? 0) + 1;
  const prev = before ? before.prev : (tip?.id ?? null);
  const parents = [...new Set(forgery.parents ?? [])].filter((id) => id !== prev && id !== tip?.id);
  const times = [prev, ...parents].flatMap((id) => {
    const event = id === null ? null : party.store.event(id);
    return event ? [{ ms: event.timeMs, count: event.timeCount }] : [];
  });
  const latestMs = Math.max(0, ...times.map(({ ms }) => ms));
  const time = backDated ? { ms: latestMs + 1, count: 0 } : party.ledger.timeAfter(times);
  const cited = new Set(forgery.auth ?? party.replica?.membership.heads());
  const auth = scope === party.replica?.control ? [] : [...cited];
  return sealEvent(
    { space, scope, device, seq, prev, parents, auth, time, body, ratchet: numberFor(keys, party, body) },
    { keys, secretKey: party.identity.device.secretKey, salt: random.bytes(16) },
  );
}

/** The next of its chain: it may be the number of what it has signed twice, or never hands to anybody. */
function numberFor(keys: EpochKeys, { ledger, device }: Party, body: Body): number | null {
  return keys.isRatcheted(kinds[body.type]) ? ledger.sealed.nextIndex(keys.epoch, device) : null;
}

export async function hand(sealed: SealedEvent, by: Party, to: readonly Party[]): Promise<void> {
  const { scope } = sealed.header;
  for (const party of to) await party.ingest.deliver({ scope, outers: [sealed.outer], from: by.device });
}

/** Oneself first, so that one's own chain goes on from it, then whoever is near. */
export function hearers(history: History, party: Party): Party[] {
  const near = history.reach(party).filter(({ replica }) => replica !== null);
  return near.length === 0 ? [party] : [party, history.random.pick(near), history.random.pick(near)];
}

/** Some events of the control log, old ones as likely as new ones. */
export function oldControl({ random, chronicle }: History, party: Party): EventId[] {
  const held = [...chronicle.control.keys()].filter((id) => party.replica?.membership.has(id));
  return held.length === 0 ? [] : [random.pick(held), ...(random.oneIn(3) ? [random.pick(held)] : [])];
}

/** Whatever one might want to decide. */
function someDecision(history: History, party: Party): Body | null {
  const { random, parties, invites, chronicle } = history;
  const someone = random.pick(parties);
  const target = someone.identity;
  const state = party.replica?.membership.state();
  const kind = random.pick([
    "remove",
    "remove",
    "role",
    "role",
    "role",
    "admit",
    "revoke",
    "confirm",
    "name",
  ]);
  switch (kind) {
    case "remove":
      return { type: "member.remove", person: target.person, fences: [] };
    case "role":
      return {
        type: "member.role",
        person: random.oneIn(3) ? party.identity.person : target.person,
        role: random.pick(["owner", "admin", "member", "reader"]),
      };
    case "admit": {
      if (invites.length === 0) return null;
      const link = random.pick(invites);
      // A request is its own: so it has asked to be let in.
      someone.ledger.openSpace(history.space);
      return { type: "member.admit", request: createJoinRequest({ link, identity: target }) };
    }
    case "revoke": {
      const known = [...(state?.invites.keys() ?? [])];
      return known.length === 0 ? null : { type: "invite.revoke", invite: random.pick(known) };
    }
    case "confirm": {
      const admissions = [...chronicle.control.values()].filter(({ body }) => body?.type === "member.admit");
      return admissions.length === 0
        ? null
        : { type: "member.confirm", admission: random.pick(admissions).id };
    }
    default:
      return { type: "space.update", name: `Mine ${random.below(9)}` };
  }
}

export const attacks: readonly Act[] = [
  {
    name: "decides on a stale branch",
    weight: 8,
    needs: "nobody",
    async play(history, actor) {
      const body = someDecision(history, actor);
      if (!actor.replica || !body) return null;
      const parents = oldControl(history, actor);
      const backDated = history.random.oneIn(2);
      const sealed = seal(history, actor, { scope: actor.replica.control, body, parents, backDated });
      if (!sealed) return null;
      await hand(sealed, actor, hearers(history, actor));
      return describe(body);
    },
  },
  {
    name: "posts with an old right",
    weight: 4,
    needs: "nobody",
    async play(history, actor) {
      const [channel] = history.channelsOf(actor);
      if (!actor.replica || !channel) return null;
      const text = `stale ${history.count()}`;
      const body: Body = { type: "message.post", channel, text, replyTo: null };
      const auth = oldControl(history, actor);
      const backDated = history.random.oneIn(2);
      const sealed = seal(history, actor, { scope: actor.replica.content, body, auth, backDated });
      if (!sealed) return null;
      await hand(sealed, actor, hearers(history, actor));
      return text;
    },
  },
  {
    name: "makes an epoch of its own",
    weight: 3,
    needs: "nobody",
    async play(history, actor) {
      const { random, chronicle } = history;
      const { replica } = actor;
      if (!replica) return null;
      const scope = random.pick([replica.control, replica.content]);
      const { membership } = replica;
      const plan = planEpoch({ scope, membership, box, random });
      const [first] = plan.writes;
      if (first?.body.type !== "epoch.create") return null;
      // Boxed to all and announced to as many as it says: nobody, everybody, or everybody and itself.
      const recipients = random.oneIn(2) ? first.body.recipients : [];
      const body: Body = { ...first.body, recipients };
      const old = oldControl(history, actor);
      const sealed = seal(history, actor, {
        scope,
        body,
        keys: deriveEpochKeys(plan.keys.secrets),
        parents: scope === replica.control ? old : [],
        ...(random.oneIn(2) && { auth: old }),
      });
      if (!sealed) return null;
      chronicle.made(actor, plan.keys.epoch);
      actor.ledger.addSecrets(plan.keys);
      await hand(sealed, actor, [actor]);
      const names = new Map(plan.boxes.map(({ name, blob }) => [name, blob]));
      // Refused for its date, it is announced nowhere.
      if (!actor.store.hasEvent(sealed.id)) return null;
      for (const { device, prekey, box: name } of first.body.recipients) {
        const party = history.parties.find((other) => other.device === device);
        const blob = names.get(name);
        if (!party || !blob || !party.replica || party === actor) continue;
        const { space } = history;
        await party.take({ type: "box", space, scope, epoch: plan.keys.epoch, prekey, name, blob });
      }
      await hand(
        sealed,
        actor,
        history.reach(actor).filter((other) => other.replica !== null),
      );
      return recipients.length === 0 ? "for nobody" : "for all";
    },
  },
  {
    name: "announces an old epoch again",
    weight: 3,
    needs: "nobody",
    async play(history, actor) {
      const { replica } = actor;
      if (!replica) return null;
      const { random } = history;
      const scope = random.pick([replica.control, replica.content]);
      const body: Body = { type: "epoch.create", profile: "archive", recipients: [] };
      const parents = [...(actor.ledger.scopeState(scope)?.heads.keys() ?? [])].slice(0, 8);
      const sealed = seal(history, actor, { scope, body, parents });
      if (!sealed) return null;
      await hand(sealed, actor, hearers(history, actor));
      return sealed.header.epoch.slice(0, 6);
    },
  },
  {
    name: "signs in another's name",
    weight: 2,
    needs: "nobody",
    async play(history, actor) {
      const other = history.random.pick(history.parties);
      const body = someDecision(history, actor);
      if (!actor.replica || !body || other === actor) return null;
      const parents = oldControl(history, actor);
      const sealed = seal(history, actor, {
        scope: actor.replica.control,
        body,
        parents,
        device: other.device,
      });
      if (!sealed) return null;
      history.forged.add(sealed.id);
      await hand(sealed, actor, hearers(history, actor));
      return `${other.name}'s: ${describe(body)}`;
    },
  },
  {
    name: "forks",
    weight: 1,
    needs: "nobody",
    async play(history, actor) {
      const { replica } = actor;
      if (!replica) return null;
      const body = someDecision(history, actor);
      const near = history.reach(actor).filter((other) => other.replica !== null);
      if (!body || near.length === 0) return null;
      const tip = replica && actor.ledger.scopeState(replica.control)?.tips.get(actor.device);
      if (tip && actor.store.event(tip.id)?.kind === kinds["space.create"]) return null;
      const sealed = seal(history, actor, { scope: replica.control, body, forks: true });
      if (!sealed) return null;
      await hand(sealed, actor, near);
      return describe(body);
    },
  },
  {
    name: "brings all it has as another scope's",
    weight: 1,
    needs: "nobody",
    async play(history, actor) {
      const { replica } = actor;
      const [other] = history.reach(actor);
      if (!replica || !other?.replica) return null;
      const outers = actor.store.eventsOfScope(replica.content, 0, Infinity).map(({ outer }) => outer);
      await other.ingest.deliver({ scope: replica.control, outers, from: actor.device });
      return `to ${other.name}`;
    },
  },
];

function describe(body: Body): string {
  if (body.type === "member.role") return `${body.type} ${body.person.slice(0, 6)} ${body.role}`;
  return body.type === "member.remove" ? `${body.type} ${body.person.slice(0, 6)}` : body.type;
}
