/** What people do who keep to the code: each act goes through the node's own parts, and is refused there in words. */
import {
  createJoinRequest,
  inviteKeys,
  planChannel,
  planInvite,
  planProfile,
  planRevocation,
} from "@kith/core";
import type { Role } from "@kith/core";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";

export interface Act {
  /** Third person, as in the trace. */
  readonly name: string;
  readonly weight: number;
  /** Who mostly does it: anybody, a member, or somebody with a rank. */
  readonly needs: "nobody" | "member" | "rank";
  /** What was done, in words; null: nothing could be. */
  play(history: History, actor: Party): Promise<string | null>;
}

/** Some invites end after this: soon enough to be met by clocks on both sides of their end. */
const SOON_MS = 60_000;
/** Ranks are given so often, the middle ones most. */
const RANKS: readonly Role[] = ["owner", "owner", "admin", "admin", "admin", "member", "member", "reader"];

async function controlEpoch(actor: Party) {
  const replica = actor.replica;
  if (!replica) return null;
  const { epoch } = await actor.author.ensureKeys(replica.control);
  return { replica, epoch };
}

/** Somebody else in the actor's view of the space. */
function someMember(history: History, actor: Party) {
  const members = [...(actor.replica?.membership.state().members.values() ?? [])];
  const others = members.filter(({ person }) => person !== actor.identity.person);
  return others.length === 0 ? null : history.random.pick(others);
}

export const honestActs: readonly Act[] = [
  {
    name: "posts",
    weight: 16,
    needs: "member",
    async play(history, actor) {
      const { replica, author } = actor;
      const channels = history.channelsOf(actor);
      if (!replica || channels.length === 0) return null;
      const { epoch } = await author.ensureKeys(replica.content);
      const text = `message ${history.count()}`;
      const channel = history.random.pick(channels);
      const body = { type: "message.post", channel, text, replyTo: null } as const;
      await author.write([{ scope: replica.content, epoch, body }]);
      return text;
    },
  },
  {
    name: "meets",
    weight: 26,
    needs: "nobody",
    async play(history, actor) {
      const { random } = history;
      const others = history.reach(actor);
      if (others.length === 0) return null;
      const other = random.pick(others);
      const how = {
        content: !random.oneIn(3),
        boxes: !random.oneIn(4),
        rebox: random.oneIn(4),
        share: random.oneIn(4) ? 0.7 : 1,
      };
      await actor.meet(other, how);
      if (random.oneIn(2)) await other.meet(actor, how);
      return `${other.name} ${JSON.stringify(how)}`;
    },
  },
  {
    name: "sees the network change",
    weight: 3,
    needs: "nobody",
    play(history) {
      const groups = history.random.between(1, 3);
      history.part(groups);
      return Promise.resolve(`: ${groups} parts`);
    },
  },
  {
    name: "invites",
    weight: 4,
    needs: "rank",
    async play(history, actor) {
      const { random, space } = history;
      const place = await controlEpoch(actor);
      if (!place) return null;
      const role = random.oneIn(5) ? "reader" : "member";
      const usesMax = random.pick([1, 1, 2, 8]);
      const plan = planInvite({
        space,
        role,
        usesMax,
        mode: usesMax === 8 ? "open" : "gated",
        expiresMs: random.oneIn(6) ? actor.clock.nowMs() + SOON_MS : null,
        random,
        controlEpoch: place.epoch,
      });
      await actor.author.write([plan.write]);
      const [head] = place.replica.membership.heads();
      if (head) history.shareInvite({ seed: plan.seed, space, head, hints: [], spaceName: "Harbour" });
      return plan.invite.slice(0, 6);
    },
  },
  {
    name: "revokes",
    weight: 1,
    needs: "rank",
    async play({ random, space }, actor) {
      const place = await controlEpoch(actor);
      const invites = [...(place?.replica.membership.state().invites.keys() ?? [])];
      if (!place || invites.length === 0) return null;
      const invite = random.pick(invites);
      await actor.author.write([planRevocation({ space, invite, controlEpoch: place.epoch })]);
      return invite.slice(0, 6);
    },
  },
  {
    name: "joins",
    weight: 9,
    needs: "nobody",
    async play(history, actor) {
      const { random, invites } = history;
      if (invites.length === 0 || (actor.role !== null && !random.oneIn(6))) return null;
      const helpers = history.reach(actor).filter(({ role }) => role !== null);
      if (helpers.length === 0) return null;
      const helper = random.pick(helpers);
      // The newest mostly: it is the one that still works.
      const link = random.oneIn(3) ? random.pick(invites) : invites.at(-1);
      if (!link) return null;
      const { invite } = inviteKeys(link.seed);
      const request = createJoinRequest({ link, identity: actor.identity });
      const code = await helper.letIn(actor, { request, invite });
      // Whoever has not heard of it yet lets in once more: a link is clicked twice.
      const other = random.pick(helpers);
      if (other !== helper && random.oneIn(3)) await other.letIn(actor, { request, invite });
      if (code === null && !random.oneIn(4))
        await helper.meet(actor, { content: true, boxes: true, rebox: false, share: 1 });
      return `by ${invite.slice(0, 6)} at ${helper.name}: ${code ?? "in"}`;
    },
  },
  {
    name: "removes",
    weight: 5,
    needs: "rank",
    async play(history, actor) {
      const target = someMember(history, actor);
      if (!target || !actor.replica) return null;
      await actor.members.remove(actor.replica, target.person);
      const others = history.parties.filter(({ role }) => role === "owner" || role === "admin");
      if (others.length === 0 || !history.random.oneIn(4)) return target.name;
      const other = history.random.pick(others);
      if (other === actor || other.identity.person === target.person || !other.replica) return target.name;
      await other.members.remove(other.replica, target.person);
      return `${target.name}, as does ${other.name}`;
    },
  },
  {
    name: "leaves",
    weight: 1,
    needs: "member",
    async play(_, actor) {
      if (!actor.replica) return null;
      await actor.members.remove(actor.replica, actor.identity.person);
      return "";
    },
  },
  {
    name: "gives a rank to",
    weight: 8,
    needs: "rank",
    async play(history, actor) {
      const target = someMember(history, actor);
      if (!target || !actor.replica) return null;
      const role = history.random.pick(RANKS);
      await actor.members.changeRole(actor.replica, target.person, role);
      return `${target.name}: ${role}`;
    },
  },
  {
    name: "steps down",
    weight: 1,
    needs: "rank",
    async play(history, actor) {
      if (!actor.replica) return null;
      const role = history.random.pick(["admin", "member", "reader"] as const);
      await actor.members.changeRole(actor.replica, actor.identity.person, role);
      return role;
    },
  },
  {
    name: "lets in who waits",
    weight: 2,
    needs: "rank",
    async play({ random }, actor) {
      const waiting = [...(actor.replica?.membership.state().pending.keys() ?? [])];
      if (!actor.replica || waiting.length === 0) return null;
      const person = random.pick(waiting);
      await actor.members.admitWaiting(actor.replica, person);
      return person.slice(0, 6);
    },
  },
  {
    name: "refuses who waits",
    weight: 2,
    needs: "rank",
    async play({ random }, actor) {
      const waiting = actor.members.waiting();
      if (waiting.length === 0) return null;
      const { id, name } = random.pick(waiting);
      await actor.members.refuseWaiting(id);
      return name;
    },
  },
  {
    name: "takes a name",
    weight: 1,
    needs: "member",
    async play({ random, space }, actor) {
      const place = await controlEpoch(actor);
      if (!place) return null;
      const name = `${actor.name} ${random.below(9)}`;
      await actor.author.write([planProfile({ space, name, controlEpoch: place.epoch })]);
      return name;
    },
  },
  {
    name: "renames the space",
    weight: 1,
    needs: "rank",
    async play({ random }, actor) {
      if (!actor.replica) return null;
      const name = `Harbour ${random.below(9)}`;
      await actor.members.rename(actor.replica, name);
      return name;
    },
  },
  {
    name: "opens a channel",
    weight: 1,
    needs: "member",
    async play({ random, space }, actor) {
      const { replica, author } = actor;
      if (!replica) return null;
      const keys = await author.ensureKeys(replica.control);
      const plan = planChannel({ space, name: `channel ${random.below(9)}`, random, keys });
      await author.write([plan]);
      return plan.channel.slice(0, 6);
    },
  },
  {
    name: "raises",
    weight: 2,
    needs: "rank",
    /** An owner raises a member whom an admin, apart from them, removes; whoever was raised strikes back. */
    async play(history, actor) {
      const { random, parties } = history;
      const raised = parties.find((party) => party !== actor && party.role === "member");
      const admin = parties.find((party) => party !== actor && party.role === "admin");
      if (!actor.replica || !raised?.replica || !admin?.replica) return null;
      const role = random.pick(["owner", "owner", "admin"] as const);
      await actor.members.changeRole(actor.replica, raised.identity.person, role);
      await actor.meet(raised, { content: false, boxes: true, rebox: false, share: 1 });
      await admin.members.remove(admin.replica, raised.identity.person);
      if (random.oneIn(3)) return `${raised.name}, and ${admin.name} removes them`;
      await raised.members.remove(raised.replica, admin.identity.person);
      return `${raised.name}, who removes ${admin.name}, who removes them`;
    },
  },
  {
    name: "hands the space over",
    weight: 1,
    needs: "rank",
    /** To somebody who makes one more owner, and leaves; an admin who has heard of none of it removes the first. */
    async play(history, actor) {
      const { random, parties } = history;
      const others = parties.filter((party) => party !== actor && party.role === "member");
      const admin = parties.find((party) => party !== actor && party.role === "admin");
      const [first, second] = others;
      if (!actor.replica || !first?.replica || !second) return null;
      const how = { content: false, boxes: true, rebox: false, share: 1 };
      await actor.members.changeRole(actor.replica, first.identity.person, "owner");
      await actor.meet(first, how);
      await first.members.changeRole(first.replica, second.identity.person, "owner");
      await first.meet(actor, how);
      await actor.members.remove(actor.replica, actor.identity.person);
      if (admin?.replica && !random.oneIn(3))
        await admin.members.remove(admin.replica, first.identity.person);
      return `to ${first.name} and ${second.name}`;
    },
  },
];
