/**
 * Conversations of some: private channels of the space, and direct conversations. Owns who is in each and who ever was, as
 * the scenario has it, and with it which events belong on whose disk. Everybody else must not so much as hold their bytes.
 */
import { channelOfScope, controlScope, publicScope } from "@kith/core";
import type { ScopeId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { KithService } from "@kith/node";
import type { Device } from "./device.ts";
import type { World } from "./world.ts";

export interface Circle {
  readonly space: string;
  readonly channel: string;
  readonly scopes: readonly ScopeId[];
  /** Whose devices hold all of it. */
  readonly insiders: Set<Device>;
  /** Those who were let in at some time. */
  readonly ever: Set<Device>;
  /** Those who were let out at some time: what they wrote unknown to who did it is kept and shown to nobody. */
  readonly everOut: Set<Device>;
  /** Those who were let in after the founding, and with it to what was written before. */
  readonly returned: Set<Device>;
}

const serviceOf = ({ service, name }: Device): KithService => {
  if (service === null) throw new Error(`${name} is off`);
  return service;
};

const personOf = ({ person, name }: Device): string => {
  if (person === null) throw new Error(`${name} has not come up yet`);
  return person;
};

export class Circles {
  readonly #world: World;
  readonly all: Circle[] = [];
  readonly #byScope = new Map<string, Circle>();

  constructor(world: World) {
    this.#world = world;
  }

  /** undefined for what everybody holds. */
  of(scope: string): Circle | undefined {
    return this.#byScope.get(scope);
  }

  /** A private channel of the space. */
  async found(by: Device, name: string, people: readonly Device[]): Promise<Circle> {
    const world = this.#world;
    const options = { private: true, people: people.map(personOf) };
    const { id } = await world.finish(
      "the private channel",
      serviceOf(by).createChannel(world.space, name, options),
    );
    const scope = [...by.disk.kept.scopes.keys()].find((each) => channelOfScope(each) === id);
    if (scope === undefined) throw new Error("a channel that was founded is on no disk");
    return this.#keep({ space: world.space, channel: id, scopes: [scope] }, [by, ...people]);
  }

  /** A direct conversation, asked for and accepted. */
  async talk(by: Device, whom: Device, text: string): Promise<Circle> {
    const world = this.#world;
    const { id, channels } = await world.finish("the request", serviceOf(by).direct(personOf(whom), text));
    const [channel] = channels;
    if (channel === undefined) throw new Error("a direct conversation has a channel");
    const circle = this.#keep(
      { space: id, channel: channel.id, scopes: [controlScope(id), publicScope(id)] },
      [by, whom],
    );
    for (let waited = 0; serviceOf(whom).requests().length === 0; waited += 1) {
      if (waited > 600) throw new Error(`the request does not come to ${whom.name}`);
      await world.pass(100);
    }
    const [request] = serviceOf(whom).requests();
    await world.finish("the answer", serviceOf(whom).acceptRequest(request?.id ?? "", { waitMs: 30_000 }));
    return circle;
  }

  /** With its history. */
  async letIn(by: Device, circle: Circle, whom: Device): Promise<void> {
    await this.#change(
      by,
      (service) => service.addChannelMember(circle.space, circle.channel, personOf(whom)),
      () => {
        circle.insiders.add(whom);
        circle.ever.add(whom);
        circle.returned.add(whom);
      },
    );
  }

  async letOut(by: Device, circle: Circle, whom: Device): Promise<void> {
    await this.#change(
      by,
      (service) => service.removeChannelMember(circle.space, circle.channel, personOf(whom)),
      () => {
        circle.insiders.delete(whom);
        circle.everOut.add(whom);
      },
    );
  }

  /** Who is not in it, as this device knows. */
  outsideOf({ service }: Device, { space, channel, ever }: Circle): Device[] {
    if (service === null) return [];
    const { devices } = this.#world;
    // A talk that was not answered yet is for both all the same.
    if (space !== this.#world.space) return devices.filter((device) => !ever.has(device));
    // Not heard of yet, or let out of it: the post will be refused.
    if (service.channels(space).every(({ id }) => id !== channel)) return [];
    const inside = new Set(service.channelMembers(space, channel).map(({ person }) => String(person)));
    return devices.filter(({ person }) => person !== null && !inside.has(person));
  }

  async #change(
    by: Device,
    change: (service: KithService) => Promise<void>,
    done: () => void,
  ): Promise<void> {
    try {
      await this.#world.finish("a change of a channel's people", change(serviceOf(by)));
      done();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.#world.witness.refused(by, error, error);
    }
  }

  #keep(place: Pick<Circle, "space" | "channel" | "scopes">, people: readonly Device[]): Circle {
    const circle = {
      ...place,
      insiders: new Set(people),
      ever: new Set(people),
      everOut: new Set<Device>(),
      returned: new Set<Device>(),
    };
    this.all.push(circle);
    for (const scope of circle.scopes) this.#byScope.set(scope, circle);
    return circle;
  }
}
