import type { Member, Peer } from "@kith/contract";
import { expect, test } from "vitest";
import { listDevices } from "./known-devices.ts";

const member = (person: string, ...devices: string[]): Member => ({
  person,
  name: person,
  role: "member",
  devices,
  joined: new Date(0).toISOString(),
  overturned: null,
  suspended: [],
  may: { remove: false, roles: [] },
  status: null,
  avatar: null,
  verification: "unverified",
  self: person === "me",
});
const peer = (id: string, person: string): Peer => ({
  id,
  person,
  name: person,
  connected: true,
  path: "lan",
  multiaddr: "",
  rttMs: 1,
  lastSeen: new Date(0).toISOString(),
  reputation: 100,
  inSync: true,
  shared: true,
});

test("devices that are away are listed behind those in reach, each once, and this one not at all", () => {
  const members = [member("me", "d0"), member("Ben", "d1"), member("Ada", "d2"), member("Cem", "d3", "d4")];
  const devices = listDevices([peer("d3", "Cem")], [...members, member("Ben", "d1")], "d0");
  expect(devices.map(({ id, connected }) => [id, connected])).toEqual([
    ["d3", true],
    ["d2", false],
    ["d1", false],
    ["d4", false],
  ]);
});

test("a device in reach that is in no list of members yet is there as well", () => {
  expect(listDevices([peer("d9", "New")], [], null)).toMatchObject([{ id: "d9", connected: true }]);
});
