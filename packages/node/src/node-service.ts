/** The service over a node's parts: checks input, plans writes, answers in the service's own shapes. */
import {
  INVITE_USES_MAX,
  deriveEpochKeys,
  encodeInviteLink,
  foundSpace,
  isId16,
  isId32,
  normalizeName,
  planChannel,
  planInvite,
  planProfile,
  planRevocation,
  readUtf8,
  utf8,
} from "@kith/core";
import type { DeviceId, EventId, InviteFacts, InviteId, PlannedWrite } from "@kith/core";
import { checked } from "./checked.ts";
import { Conversations } from "./conversations.ts";
import { examine } from "./doctor.ts";
import { nameMeta } from "./identity-store.ts";
import { MESSAGE_BATCH_MAX, NEARBY_MS, SPACES_MAX } from "./limits.ts";
import type { NodeParts } from "./node.ts";
import { createPoster } from "./poster.ts";
import type { Replica } from "./replica.ts";
import { secretsMeta } from "./secrets.ts";
import { ServiceError } from "./service.ts";
import { createMembers } from "./members.ts";
import { SettingsBook } from "./settings.ts";
import type { InviteInfo, KithService, NodeStatus } from "./service.ts";
import { verifyStore } from "./verify.ts";

const INVITE_META_PREFIX = "invite/";
/** Connect and handshake, each with its own time-out of 5 s, are nearly always over by then. */
const CONNECT_WAIT_MS = 6_000;
/** Below what a person notices. */
const CONNECT_POLL_MS = 20;

export function createService(parts: NodeParts, isStopping: () => boolean): KithService {
  const { options, ledger, author, ingest, queries, changeLog, joins, swarm } = parts;
  const { clock, random, store, box } = options;
  const conversations = new Conversations(parts);
  const settings = new SettingsBook(parts);
  const poster = createPoster(parts, conversations);
  const members = createMembers(parts);
  let cancelNearby: (() => void) | null = null;

  const writable = (): void => {
    if (isStopping()) throw new ServiceError("STOPPING", "This node is stopping.", "Start it again.");
  };

  const inviteInfo = (replica: Replica, invite: InviteFacts): InviteInfo => {
    const link = store.meta(INVITE_META_PREFIX + invite.id);
    return {
      id: invite.id,
      space: replica.space,
      role: invite.role,
      mode: "gated",
      expiresMs: invite.expiresMs,
      uses: invite.usesMax,
      used: invite.used,
      revoked: invite.revoked,
      link: link ? readUtf8(link) : null,
    };
  };

  return {
    nodeId: parts.identity().device.device,

    status(): NodeStatus {
      const { device, person, name } = parts.identity();
      const stats = store.stats();
      return {
        nodeId: device.device,
        person,
        name,
        version: options.version,
        uptimeS: Math.floor((clock.monotonicMs() - parts.startedMs) / 1_000),
        online: swarm.online,
        visibility: swarm.visibility,
        connectedPeers: swarm.peers().length,
        networkHealth: swarm.health,
        messagesSynced: stats.messages,
        storageUsed: stats.bytes,
        transports: [
          { kind: "tls", port: swarm.port, up: swarm.online },
          { kind: "beacon", port: null, up: swarm.online && swarm.discovery === "on" },
        ],
        spaces: ledger.replicas.size,
        historyDays: options.historyDays ?? null,
        receiving: swarm.receiving(),
        waitingForKeys: ingest.counts.locked,
        storageState: ledger.health.state,
      };
    },

    async rename(name) {
      writable();
      const checked = named(name);
      const identity = parts.identity();
      const writes: PlannedWrite[] = [];
      for (const replica of ledger.replicas.values()) {
        if (!replica.membership.state().members.has(identity.person)) continue;
        const { epoch } = await author.ensureKeys(replica.control);
        writes.push(planProfile({ space: replica.space, name: checked, controlEpoch: epoch }));
      }
      await author.write(writes, { meta: [nameMeta(checked)] });
      parts.setIdentity({ ...identity, name: checked });
      queries.learnName(identity.person, checked);
    },

    async setOnline(online) {
      if (online) await swarm.start();
      else await swarm.stop();
      return { online: swarm.online };
    },

    async setVisibility(visibility) {
      cancelNearby?.();
      cancelNearby = null;
      swarm.setVisibility(visibility);
      if (visibility === "nearby")
        cancelNearby = clock.after(NEARBY_MS, () => swarm.setVisibility("members"));
    },

    peers: () => swarm.peers(),

    async connectPeer(address) {
      swarm.want([address]);
      for (let waitedMs = 0; waitedMs < CONNECT_WAIT_MS; waitedMs += CONNECT_POLL_MS) {
        if (swarm.isConnectedTo(address)) return;
        await new Promise<void>((resolve) => void clock.after(CONNECT_POLL_MS, resolve));
      }
      throw new ServiceError(
        "PEER_UNREACHABLE",
        `Nobody of your spaces answers at ${address.host}:${address.port} yet.`,
        "It is tried again by itself; check the address and the firewall there.",
      );
    },

    async disconnectPeer(device) {
      if (!isId32(device) || !swarm.disconnect(device as DeviceId)) {
        throw new ServiceError(
          "UNKNOWN_PEER",
          `No device ${device.slice(0, 64)} is connected.`,
          "`kith peers` shows who is.",
        );
      }
    },

    spaces: () => queries.spaces(),
    space: (idOrName) => queries.space(idOrName),

    async createSpace({ name, kind = "community" }) {
      writable();
      if (ledger.replicas.size >= SPACES_MAX) {
        throw new ServiceError(
          "TOO_MANY",
          `This device is in ${SPACES_MAX} spaces already.`,
          "Leave one of them first.",
        );
      }
      const founded = foundSpace({ identity: parts.identity(), name: named(name), kind, box, random });
      const keys = founded.secrets.map(deriveEpochKeys);
      for (const each of keys) ledger.addSecrets(each);
      ledger.openSpace(founded.space);
      try {
        await author.write(founded.writes, { meta: keys.map(secretsMeta), boxes: founded.boxes });
      } catch (error) {
        ledger.closeSpace(founded.space);
        throw error;
      }
      swarm.keysChanged();
      return queries.space(founded.space);
    },

    channels: (space) => queries.channels(queries.replica(space)),

    async createChannel(space, name) {
      writable();
      const replica = queries.replica(space);
      const channelName = named(name);
      const plan = planChannel({
        space: replica.space,
        name: channelName,
        random,
        keys: await author.ensureKeys(replica.control),
      });
      if (queries.channels(replica).some((channel) => channel.name === channelName)) {
        throw new ServiceError(
          "AMBIGUOUS_NAME",
          `There is a channel "${channelName}" already.`,
          "Choose another name.",
        );
      }
      await author.write([plan]);
      return { id: plan.channel, name: channelName };
    },

    members: (space) => queries.members(queries.replica(space)),
    async renameSpace(space, name) {
      writable();
      const replica = queries.replica(space);
      await members.rename(replica, named(name));
      return queries.space(replica.space);
    },
    async removeMember(space, person) {
      writable();
      const replica = queries.replica(space);
      await members.remove(replica, members.find(replica, person).person);
    },
    async changeRole(space, person, role) {
      writable();
      const replica = queries.replica(space);
      const found = members.find(replica, person).person;
      await members.changeRole(replica, found, role);
      const changed = queries.members(replica).find((member) => member.person === found);
      if (!changed) throw new Error("MEMBER_INVARIANT: a member whose rank was changed is not there");
      return changed;
    },
    async leaveSpace(space) {
      writable();
      await members.remove(queries.replica(space), parts.identity().person);
    },

    invites(space) {
      const replica = queries.replica(space);
      return [...replica.membership.state().invites.values()].map((invite) => inviteInfo(replica, invite));
    },

    async createInvite(space, { role, expiresInMs, uses }) {
      writable();
      if (!Number.isInteger(uses) || uses < 1 || uses > INVITE_USES_MAX) {
        throw new ServiceError(
          "BAD_INPUT",
          `An invite admits 1 to ${INVITE_USES_MAX} devices.`,
          "Choose a number between.",
        );
      }
      const replica = queries.replica(space);
      const expiresMs = expiresInMs === null ? null : clock.nowMs() + expiresInMs;
      const plan = planInvite({
        space: replica.space,
        role,
        usesMax: uses,
        expiresMs,
        random,
        controlEpoch: (await author.ensureKeys(replica.control)).epoch,
      });
      // The link pins the invite's own event: a log without it is not the space that was meant.
      await author.write([plan.write], {}, ([head]) => {
        const link = encodeInviteLink({
          seed: plan.seed,
          space: replica.space,
          head: head as EventId,
          hints: hints(parts),
          spaceName: replica.membership.state().info?.name ?? null,
        });
        return { meta: [{ key: INVITE_META_PREFIX + plan.invite, value: utf8(link) }] };
      });
      const invite = replica.membership.state().invites.get(plan.invite);
      if (!invite) throw new Error("INVITE_INVARIANT: an invite that was written is not there");
      return inviteInfo(replica, invite);
    },

    async revokeInvite(space, invite) {
      writable();
      const replica = queries.replica(space);
      const known = isId16(invite) ? replica.membership.state().invites.get(invite as InviteId) : undefined;
      if (!known)
        throw new ServiceError(
          "UNKNOWN_INVITE",
          `There is no invite ${invite.slice(0, 32)} in that space.`,
          "List the space's invites.",
        );
      if (known.revoked) return;
      await author.write(
        [
          planRevocation({
            space: replica.space,
            invite: known.id,
            controlEpoch: (await author.ensureKeys(replica.control)).epoch,
          }),
        ],
        { meta: [{ key: INVITE_META_PREFIX + known.id, value: null }] },
      );
    },

    joinRequests: () => members.waiting(),
    async admitWaiting(space, person) {
      writable();
      await members.admitWaiting(queries.replica(space), person);
    },
    async join(link, wait) {
      writable();
      return joins.join(link, wait);
    },
    joins: () => joins.list(),
    async giveUpJoin(invite) {
      writable();
      await joins.giveUp(invite);
    },

    postMessage: async (message) => {
      writable();
      const [result] = await poster.post([message]);
      if (!result || result instanceof ServiceError) throw result ?? new Error("POST_INVARIANT: no answer");
      return result;
    },
    async postMessages(messages) {
      writable();
      if (messages.length > MESSAGE_BATCH_MAX) {
        throw new ServiceError(
          "TOO_MANY",
          `A batch holds at most ${MESSAGE_BATCH_MAX} messages.`,
          "Send the rest in another batch.",
        );
      }
      return poster.post(messages);
    },
    messages: (query) => queries.messages(query),
    message: (id) => queries.message(id),
    react: (message, emoji) => poster.react(message, emoji, true),
    unreact: (message, emoji) => poster.react(message, emoji, false),

    conversations: () => conversations.list(),
    async markRead(channel, message) {
      writable();
      return conversations.markRead(channel, message);
    },
    async saveDraft(channel, draft) {
      writable();
      return conversations.saveDraft(channel, draft, poster.isPosted);
    },
    async savePlace(channel, place) {
      writable();
      return conversations.savePlace(channel, place);
    },
    settings: () => settings.read(),
    async changeSettings(change) {
      writable();
      return settings.change(change);
    },

    verify: (how) =>
      verifyStore({ store, verifier: options.verifier, ...(how?.signal && { signal: how.signal }) }),

    async doctor() {
      const self = parts.identity().person;
      const elsewhere = new Set<DeviceId>();
      for (const { membership } of ledger.replicas.values()) {
        for (const [device, entry] of membership.state().devices)
          if (entry.person !== self) elsewhere.add(device);
      }
      return examine({
        store,
        host: options.hostFacts(),
        online: swarm.online,
        listeningPort: swarm.port,
        discovery: swarm.discovery,
        visibility: swarm.visibility,
        peers: swarm.peers(),
        membersElsewhere: elsewhere.size,
        heardUnlinked: swarm.heardUnlinked(),
      });
    },

    cursor: () => changeLog.cursor(),
    log: (after, limit) => changeLog.after(after, limit),
    onLog: (listener) => changeLog.onEntries(listener),
  };

  /** Trimmed and composed; refuses what could not be shown as it was meant. */
  function named(name: string): string {
    return checked(() => normalizeName(name));
  }
}

function hints({ options, swarm }: NodeParts): { host: string; port: number }[] {
  const { port } = swarm;
  return port === null ? [] : options.localHosts().map((host) => ({ host, port }));
}
