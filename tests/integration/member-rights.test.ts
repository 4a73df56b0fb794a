/** What `may` says that one may do about a member, and what the node then does: the two are one. */
import type { MemberInfo, Role } from "@kith/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const ranks: readonly Role[] = ["owner", "admin", "member", "reader"];
/** By name, in the order of the ranks. Ann is the only owner. */
const people = ["Ann", "Ada", "Mia", "Max", "Rea"] as const;
const roles: Readonly<Record<(typeof people)[number], Role>> = {
  Ann: "owner",
  Ada: "admin",
  Mia: "member",
  Max: "member",
  Rea: "reader",
};

let house: Household;
let nodes: Housemate[];

beforeAll(async () => {
  house = createHousehold();
  const [ann] = (nodes = [await house.add("Ann")]);
  if (!ann) throw new Error("nobody");
  await ann.service.createSpace({ name: "Harbour" });
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 4 });
  for (const name of people.slice(1)) {
    const node = await house.add(name);
    expect((await node.service.join(link ?? "", { waitMs: 20_000 })).step).toBe("done");
    nodes.push(node);
  }
  for (const name of people)
    if (roles[name] !== "member") await ann.service.changeRole("Harbour", name, roles[name]);
  for (const node of nodes)
    await node.until("all are there, with their ranks", () =>
      people.every((name) =>
        node.service.members("Harbour").some((one) => one.name === name && one.role === roles[name]),
      ),
    );
}, 90_000);

afterAll(() => house.stop());

const nodeOf = (name: string): Housemate => {
  const node = nodes.find(({ service }) => service.status().name === name);
  if (!node) throw new Error(`no node of ${name}`);
  return node;
};
const mayOf = (node: Housemate, name: string): MemberInfo["may"] => {
  const found = node.service.members("Harbour").find((one) => one.name === name);
  if (!found) throw new Error(`${name} is no member`);
  return found.may;
};
const refusal = { code: expect.stringMatching(/NOT_ALLOWED|LAST_OWNER/) };

test("[HT105] what is not offered about a member is refused", async () => {
  for (const node of nodes)
    for (const name of people) {
      const may = mayOf(node, name);
      const words = `${node.service.status().name} about ${name}`;
      if (!may.remove)
        await expect(node.service.removeMember("Harbour", name), words).rejects.toMatchObject(refusal);
      for (const role of ranks.filter((each) => each !== roles[name] && !may.roles.includes(each)))
        await expect(
          node.service.changeRole("Harbour", name, role),
          `${words}: ${role}`,
        ).rejects.toMatchObject(refusal);
    }
}, 60_000);

test("[HT105] what is offered is told by rank: the last owner keeps the rank, an admin rules over lower ranks", () => {
  const said = (by: string): Record<string, MemberInfo["may"]> =>
    Object.fromEntries(people.map((name) => [name, mayOf(nodeOf(by), name)]));
  const nothing = { remove: false, roles: [] };
  expect(said("Ann")).toEqual({
    Ann: nothing,
    Ada: { remove: true, roles: ["owner", "member", "reader"] },
    Mia: { remove: true, roles: ["owner", "admin", "reader"] },
    Max: { remove: true, roles: ["owner", "admin", "reader"] },
    Rea: { remove: true, roles: ["owner", "admin", "member"] },
  });
  expect(said("Ada")).toEqual({
    Ann: nothing,
    Ada: { remove: true, roles: ["member", "reader"] },
    Mia: { remove: true, roles: ["reader"] },
    Max: { remove: true, roles: ["reader"] },
    Rea: { remove: true, roles: ["member"] },
  });
  expect(said("Mia")).toEqual({
    Ann: nothing,
    Ada: nothing,
    Max: nothing,
    Rea: nothing,
    Mia: { remove: true, roles: ["reader"] },
  });
});

test("[HT105] in a private channel the founder removes all, an admin lower ranks, a member only itself", async () => {
  const mia = nodeOf("Mia");
  await mia.service.createChannel("Harbour", "board", { private: true, people: ["Ann", "Ada", "Max"] });
  const inside = ["Mia", "Ann", "Ada", "Max"];
  for (const name of inside)
    await nodeOf(name).until("the channel is here", () => {
      const { service } = nodeOf(name);
      return (
        service.channels("Harbour").some((channel) => channel.name === "board") &&
        service.channelMembers("Harbour", "board").length === inside.length
      );
    });
  const removable = (by: string): string[] =>
    nodeOf(by)
      .service.channelMembers("Harbour", "board")
      .filter(({ may }) => may.remove)
      .map(({ name }) => name)
      .toSorted();
  expect(removable("Mia")).toEqual(["Ada", "Ann", "Max", "Mia"]);
  expect(removable("Ann")).toEqual(["Ada", "Ann", "Max"]);
  expect(removable("Ada")).toEqual(["Ada", "Max"]);
  expect(removable("Max")).toEqual(["Max"]);
  for (const by of inside)
    for (const name of inside.filter((each) => !removable(by).includes(each)))
      await expect(
        nodeOf(by).service.removeChannelMember("Harbour", "board", name),
        `${by} about ${name}`,
      ).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  // From the lowest up, so that each is there still whose right is tried.
  for (const [by, name] of [
    ["Ada", "Max"],
    ["Ann", "Ada"],
    ["Mia", "Ann"],
    ["Mia", "Mia"],
  ] as const)
    await nodeOf(by).service.removeChannelMember("Harbour", "board", name);
}, 60_000);

test("[HT105] what is offered works: ranks first, then the end of each membership, oneself last", async () => {
  const done = async (node: Housemate, act: () => Promise<unknown>, holds: () => boolean): Promise<void> => {
    await act();
    await node.until("it is so", holds);
  };
  const ada = nodeOf("Ada");
  const roleAt = (name: string) => ada.service.members("Harbour").find((one) => one.name === name)?.role;
  for (const role of mayOf(ada, "Max").roles)
    await done(
      ada,
      () => ada.service.changeRole("Harbour", "Max", role),
      () => roleAt("Max") === role,
    );
  for (const name of ["Max", "Rea", "Mia", "Ada"]) {
    expect(mayOf(ada, name).remove, name).toBe(true);
    await ada.service.removeMember("Harbour", name);
  }
  const ann = nodeOf("Ann");
  await ann.until("Ann is alone", () => ann.service.members("Harbour").length === 1);
}, 60_000);
