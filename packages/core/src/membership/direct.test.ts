import { describe, expect, it } from "vitest";
import { createMembership } from "./membership.ts";
import { decodeJoinRequest } from "./join-request.ts";
import { bodies, createTestInvite, createTestPerson, createTestSpace, requestOf } from "./world.fixture.ts";

const ann = createTestPerson("Ann");
const ben = createTestPerson("Ben");
const eve = createTestPerson("Eve");
const invite = createTestInvite("direct");

function open() {
  const world = createTestSpace(ann, { kind: "direct", name: ben.person });
  const membership = createMembership(world.space);
  const invited = world.write(ann, bodies.invite(invite), { follows: [world.founding] });
  for (const event of [world.founding, invited]) membership.add(event);
  return { ...world, membership, tip: invited };
}

describe("direct conversations", () => {
  it("[SP100] the founding names the other person, and the id commits to both", () => {
    const { membership, space } = open();
    const { info } = membership.state();
    expect(info).toMatchObject({ kind: "direct", founder: ann.person, name: ben.person });
    expect(info?.founding.device).toBe(ann.device.device);
    expect(space).not.toBe(createTestSpace(ann, { kind: "direct", name: eve.person }).space);
  });

  it.each([
    ["the founder", ann.person],
    ["nobody", "Ben"],
    ["an id in capitals", "A".repeat(64)],
  ])("[SP100] one that names %s is no founding", (_, name) => {
    const world = createTestSpace(ann, { kind: "direct", name });
    const membership = createMembership(world.space);
    expect(membership.add(world.founding)).toMatchObject({ effective: false, code: "SPACE_FORGED" });
  });

  it("[SP101] nobody but the two is admitted, whatever invite he holds", () => {
    const { membership, write, space, tip } = open();
    const request = requestOf(space, eve, invite);
    expect(decodeJoinRequest(request).person).toBe(eve.person);
    const stranger = write(ann, bodies.admit(request), { follows: [tip] });
    expect(membership.add(stranger)).toMatchObject({ effective: false, code: "SPACE_KIND" });
    const meant = write(ann, bodies.admit(requestOf(space, ben, invite)), { follows: [stranger] });
    expect(membership.add(meant)).toEqual({ effective: true });
    expect([...membership.state().members.keys()].toSorted()).toEqual([ann.person, ben.person].toSorted());
  });

  it("[SP101] it cannot be given a name", () => {
    const { membership, write, tip } = open();
    const named = write(ann, { type: "space.update", name: eve.person }, { follows: [tip] });
    expect(membership.add(named)).toMatchObject({ effective: false, code: "SPACE_KIND" });
    expect(membership.state().info?.name).toBe(ben.person);
  });
});
