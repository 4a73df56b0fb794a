/**
 * What people decide about each other, done and awaited: ranks, removals, invitations, devices. Owns what a scenario expects of
 * it: who is a member, with which rank, and what is refused. spec/space, spec/invite.
 */
import { ServiceError } from "@kith/node";
import type { InviteInfo, KithService, MemberInfo, Role, ServiceErrorCode } from "@kith/node";
import type { Device } from "./device.ts";
import type { World } from "./world.ts";

/** After that who is out has heard of it, and who was let in has what the others have. */
const HEARD_MS_MAX = 60_000;

export const serviceOf = ({ service, name }: Device): KithService => {
  if (service === null) throw new Error(`${name} is off`);
  return service;
};

const personOf = ({ person, name }: Device): string => {
  if (person === null) throw new Error(`${name} has not come up yet`);
  return person;
};

export class Deeds {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async giveRole(by: Device, whom: Device, role: Role): Promise<void> {
    const { space } = this.#world;
    await this.#do(`${by.name} making ${whom.name} ${role}`, () =>
      serviceOf(by).changeRole(space, personOf(whom), role),
    );
  }

  /** Of oneself: leaving. */
  async remove(by: Device, whom: Device): Promise<void> {
    const world = this.#world;
    world.hasOutsiders = true;
    await this.#do(`${by.name} removing ${whom.name}`, () =>
      serviceOf(by).removeMember(world.space, personOf(whom)),
    );
  }

  invite(by: Device, uses: number): Promise<InviteInfo> {
    const options = { role: "member", expiresInMs: null, uses } as const;
    return this.#do(`${by.name} inviting`, () => serviceOf(by).createInvite(this.#world.space, options));
  }

  async revoke(by: Device, { id }: InviteInfo): Promise<void> {
    await this.#do(`${by.name} revoking`, () => serviceOf(by).revokeInvite(this.#world.space, id));
  }

  /** Until it is in, as those whom it can reach see it. */
  async join(who: Device, { link }: InviteInfo): Promise<void> {
    // From here on it may get keys, whatever is made of its admission elsewhere.
    this.#world.returned.add(who);
    const { step, detail } = await this.#do(`${who.name} joining`, () =>
      serviceOf(who).join(link ?? "", { waitMs: HEARD_MS_MAX }),
    );
    if (step !== "done") throw new Error(`${who.name}'s join ended with ${step}: ${detail}`);
  }

  /** The fresh device becomes one of the old one's person, as a person does it: digits are read here and entered there. */
  async linkDevice(old: Device, fresh: Device): Promise<void> {
    const { link } = serviceOf(old).offerDevice();
    const { code } = await this.#do("taking the link", () =>
      serviceOf(fresh).takeLink(link, { waitMs: HEARD_MS_MAX }),
    );
    await this.until("the old device asks for digits", () => {
      return serviceOf(old).deviceOffer()?.state === "confirm";
    });
    this.#world.returned.add(fresh);
    await this.#do("confirming the digits", () => serviceOf(old).confirmDevice(code ?? ""));
    const { step, detail } = await this.#do("being linked", () =>
      serviceOf(fresh).takeLink(link, { waitMs: HEARD_MS_MAX, shown: true }),
    );
    if (step !== "done") throw new Error(`the link to ${fresh.name} ended with ${step}: ${detail}`);
    fresh.noteOwner();
  }

  async removeDevice(by: Device, which: Device): Promise<void> {
    this.#world.hasOutsiders = true;
    await this.#do(`removing ${which.name}`, () => serviceOf(by).removeDevice(serviceOf(which).nodeId));
  }

  /** What was decided about somebody was undone: whoever did it may have written what they were not to read, and now do. */
  stands(...people: readonly Device[]): void {
    for (const device of people) this.#world.returned.add(device);
  }

  member(by: Device, whom: Device): MemberInfo | undefined {
    return serviceOf(by)
      .members(this.#world.space)
      .find(({ person }) => person === whom.person);
  }

  /** Every member's device knows these, and nobody else, by these ranks. */
  expectMembers(expected: ReadonlyMap<Device, Role>): void {
    const world = this.#world;
    const ranks = [...expected].map(([{ name }, role]) => `${name} ${role}`).toSorted();
    for (const device of world.devices.filter((each) => expected.has(each))) {
      const known = serviceOf(device)
        .members(world.space)
        .map(({ name, role }) => `${name} ${role}`);
      if (known.toSorted().join() !== ranks.join())
        this.#fail(`${device.name} knows ${known.toSorted().join(", ")}, not ${ranks.join(", ")}`);
    }
  }

  /** Those who are out hear of it in time. */
  async expectOut(...devices: readonly Device[]): Promise<void> {
    for (const device of devices)
      await this.until(`${device.name} knows to be out`, () => {
        const own = serviceOf(device)
          .spaces()
          .find(({ id }) => id === this.#world.space);
        return own === undefined || own.state === "removed";
      });
  }

  async expectRefused(code: ServiceErrorCode, what: string, attempt: () => Promise<unknown>): Promise<void> {
    try {
      await this.#do(what, attempt);
      this.#fail(`${what} was not refused`);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.#world.witness.refused(this.#world.devices[0] as Device, error, error);
      if (error.code !== code) this.#fail(`${what} was refused with ${error.code}, not ${code}`);
    }
  }

  /** What each writes now comes to all of them, in time. */
  async expectHeard(...devices: readonly Device[]): Promise<void> {
    const world = this.#world;
    const ids: string[] = [];
    for (const device of devices)
      ids.push(await this.say(device, `${device.name} is heard at ${Math.round(world.timeline.nowMs)}`));
    await this.until("what the members write is heard", () =>
      devices.every((device) => ids.every((id) => this.shows(device, id))),
    );
  }

  async say(by: Device, text: string): Promise<string> {
    const { id } = await this.#do(`${by.name} saying`, () => this.#world.post(by, text));
    return id;
  }

  shows(device: Device, message: string): boolean {
    return this.#texts(device).some(({ id }) => id === message);
  }

  expectShown(isShown: boolean, message: string, devices: readonly Device[]): void {
    for (const device of devices)
      if (this.shows(device, message) !== isShown)
        this.#fail(`${device.name} ${isShown ? "does not show" : "shows"} ${message}`);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const world = this.#world;
    const untilMs = world.timeline.nowMs + HEARD_MS_MAX;
    while (!isSo()) {
      if (world.timeline.nowMs >= untilMs) {
        this.#fail(`not in time: ${what}`);
        return;
      }
      await world.pass(100);
    }
  }

  expect(isSo: boolean, what: string): void {
    if (!isSo) this.#fail(`not so: ${what}`);
  }

  #texts(device: Device) {
    const { messages } = serviceOf(device);
    return messages({ space: this.#world.space, channel: "general", limit: 500 }).items;
  }

  #fail(detail: string): void {
    this.#world.witness.fail("members as ruled", detail);
  }

  #do<Result>(what: string, deed: () => Promise<Result> | Result): Promise<Result> {
    const world = this.#world;
    // What it is may be refused at once.
    return world.finish(what, new Promise<Result>((resolve) => resolve(deed())), HEARD_MS_MAX + 1_000);
  }
}
