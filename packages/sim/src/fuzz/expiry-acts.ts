/** How long messages are kept: who says so in open and private channels, with the right and without, and messages for a time. */
import { kinds, shedBody } from "@kith/core";
import type { Body, ChannelId, ScopeId } from "@kith/core";
import type { Act } from "./acts.ts";
import { hand, hearers, oldControl, seal } from "./attacks.ts";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";

/** Some are over within a history, some just as it ends, some never. */
const LIFETIMES_S = [60, 120, 300, 900, 86_400] as const;

interface Place {
  readonly channel: ChannelId;
  /** Where its messages lie, and where it is said how long they are kept. */
  readonly scope: ScopeId;
  readonly settingScope: ScopeId;
  /** As this party knows it. */
  readonly seconds: number | null;
}

/** Channels that the party may write in, as it knows. */
export function placesOf(history: History, party: Party): Place[] {
  const { replica } = party;
  if (!replica) return [];
  const { control, content, membership } = replica;
  const { expiries } = membership.state();
  const open = history.channelsOf(party).map((channel) => ({
    channel,
    scope: content,
    settingScope: control,
    seconds: expiries.get(channel) ?? null,
  }));
  const own = party.ownChannels.flatMap((roster) => {
    const { facts, scope } = roster;
    return facts ? [{ channel: facts.id, scope, settingScope: scope, seconds: roster.expiry() }] : [];
  });
  return [...open, ...own];
}

const someSetting = ({ random }: History): number | null =>
  random.oneIn(4) ? null : random.pick(LIFETIMES_S);

async function sayHowLong(history: History, actor: Party, places: readonly Place[]): Promise<string | null> {
  if (places.length === 0) return null;
  const { channel, settingScope } = history.random.pick(places);
  const seconds = someSetting(history);
  const { epoch } = await actor.author.ensureKeys(settingScope);
  const body = { type: "channel.expiry", channel, seconds } as const;
  await actor.author.write([{ scope: settingScope, epoch, body }]);
  return `${channel.slice(0, 6)}: ${seconds ?? "for good"}`;
}

const isOpen = ({ scope, settingScope }: Place): boolean => scope !== settingScope;

export const expiryActs: readonly Act[] = [
  {
    name: "says how long messages of a channel are kept",
    weight: 6,
    needs: "rank",
    play: (history, actor) => sayHowLong(history, actor, placesOf(history, actor).filter(isOpen)),
  },
  {
    name: "says how long messages of a private channel are kept",
    weight: 3,
    needs: "member",
    play: (history, actor) =>
      sayHowLong(
        history,
        actor,
        placesOf(history, actor).filter((place) => !isOpen(place)),
      ),
  },
  {
    name: "posts for as long as is said",
    weight: 30,
    needs: "member",
    async play(history, actor) {
      const places = placesOf(history, actor).filter(({ seconds }) => seconds !== null);
      if (places.length === 0) return null;
      const { channel, scope, seconds } = history.random.pick(places);
      const { epoch } = await actor.author.ensureKeys(scope);
      const text = `for a time ${history.count()}`;
      const body = { type: "message.expire", channel, text, replyTo: null } as const;
      await actor.author.write([{ scope, epoch, body, lifetimeS: seconds ?? 0 }]);
      return `${text}, ${seconds} s`;
    },
  },
];

export const expiryAttacks: readonly Act[] = [
  {
    name: "says how long all messages are kept, with an old right or none",
    weight: 3,
    needs: "nobody",
    async play(history, actor) {
      const { random } = history;
      const places = placesOf(history, actor);
      if (!actor.replica || places.length === 0) return null;
      const [place, other] = [random.pick(places), random.pick(places)];
      const scope = random.pick([place.settingScope, other.settingScope]);
      const body: Body = { type: "channel.expiry", channel: place.channel, seconds: someSetting(history) };
      const old = oldControl(history, actor);
      const cited = scope === actor.replica.control ? { parents: old } : { auth: old };
      const sealed = seal(history, actor, { scope, body, backDated: random.oneIn(2), ...cited });
      if (!sealed) return null;
      await hand(sealed, actor, hearers(history, actor));
      return `${place.channel.slice(0, 6)} in ${scope.slice(0, 6)}`;
    },
  },
  {
    name: "brings a message for a time without its body",
    weight: 6,
    needs: "nobody",
    async play(history, actor) {
      const [other] = history.reach(actor);
      if (!actor.replica || !other?.replica) return null;
      const { content } = actor.replica;
      const outers = actor.store
        .eventsOfScope(content, 0, Infinity)
        .filter(({ id, kind }) => kind === kinds["message.expire"] && !other.store.hasEvent(id))
        .map(({ outer }) => shedBody(outer));
      if (outers.length === 0) return null;
      await other.ingest.deliver({ scope: content, outers, from: actor.device });
      return `${outers.length} to ${other.name}`;
    },
  },
];
