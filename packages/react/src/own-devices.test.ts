import type { Device, DeviceOffer, LinkingProgress, TakeLink } from "@kith/contract";
import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { createScriptedNode, refusal, SPACE } from "./testing/scripted-client.ts";

const device = (id: string, more: Partial<Device> = {}): Device => ({
  id,
  name: id,
  self: false,
  connected: false,
  linked: new Date(0).toISOString(),
  lastSeen: null,
  spaces: 1,
  removable: true,
  ...more,
});

const step = (name: LinkingProgress["step"], more: Partial<LinkingProgress> = {}): LinkingProgress => ({
  step: name,
  detail: `${name} in words`,
  code: null,
  spaces: null,
  arrived: 0,
  ...more,
});

/** A page on a node that links as the test says; every view of it is watched. */
async function openPage() {
  const node = createScriptedNode();
  const host = createManualHost();
  const state = {
    devices: [device("laptop", { self: true, removable: false })],
    offer: null as DeviceOffer | null,
    linking: null as LinkingProgress | null,
    taken: [] as TakeLink[],
    code: "123456",
    asked: { devices: 0, offers: 0, linkings: 0, me: 0, spaces: 0 },
  };
  const listOf = <Item>(items: readonly Item[]) =>
    Promise.resolve({ items: structuredClone(items) as Item[], next: null });
  const oneOrNone = <Item>(item: Item | null) => listOf(item === null ? [] : [item]);
  const store = createKithStore({
    host,
    client: {
      ...node.client,
      me() {
        state.asked.me += 1;
        return node.client.me();
      },
      spaces() {
        state.asked.spaces += 1;
        return node.client.spaces();
      },
      devices() {
        state.asked.devices += 1;
        return listOf(state.devices);
      },
      renameDevice(id, { name }) {
        state.devices = state.devices.map((one) => (one.id === id ? { ...one, name } : one));
        return Promise.resolve(device(id, { name }));
      },
      removeDevice(id) {
        if (id === "laptop") return Promise.reject(refusal(403, "NOT_ALLOWED"));
        state.devices = state.devices.filter((one) => one.id !== id);
        return Promise.resolve();
      },
      offerDevice() {
        const expires = new Date(host.nowMs() + 600_000).toISOString();
        state.offer = { link: "kith://link#x", expires, state: "open", device: null, name: null };
        return Promise.resolve({ ...state.offer, qr: "<svg/>" });
      },
      deviceOffers() {
        state.asked.offers += 1;
        return oneOrNone(state.offer);
      },
      endDeviceOffer() {
        state.offer = null;
        return Promise.resolve();
      },
      confirmDevice(code) {
        if (code !== state.code) return Promise.reject(refusal(403, "LINK_CODE_WRONG"));
        state.offer = null;
        state.devices = [...state.devices, device("phone")];
        return Promise.resolve(device("phone"));
      },
      takeLink(body) {
        state.taken.push(body);
        state.linking = step("looking");
        return Promise.resolve(state.linking);
      },
      linkings() {
        state.asked.linkings += 1;
        return oneOrNone(state.linking);
      },
    },
  });
  await settle();
  const offs = [store.ownDevices, store.deviceOffer, store.linking].map((view) =>
    view.subscribe(() => undefined),
  );
  await settle();
  return {
    node,
    host,
    state,
    store,
    devices: () => store.ownDevices.get(),
    offer: () => store.deviceOffer.get(),
    linking: () => store.linking.get(),
    asks(more: Partial<DeviceOffer>) {
      if (state.offer !== null) state.offer = { ...state.offer, ...more };
    },
    leave: () => offs.forEach((off) => off()),
  };
}

const asked = { state: "confirm", device: "phone", name: "Phone" } as const;

test("the list of one's devices follows what the log tells of spaces and of who is in reach", async () => {
  const { node, host, state, devices } = await openPage();
  expect(devices()).toMatchObject({ isLoading: false, devices: [{ id: "laptop", self: true }] });
  state.devices = [...state.devices, device("phone")];
  node.tell("space", { space: SPACE, change: "device", device: "phone", person: "me" });
  await host.pass(200);
  expect(devices().devices.map(({ id }) => id)).toEqual(["laptop", "phone"]);
  state.devices = state.devices.map((one) => ({ ...one, connected: true }));
  node.tell("peer", { id: "phone", state: "connected" });
  await host.pass(200);
  expect(devices().devices[1]).toMatchObject({ connected: true, lostMs: null });
  state.devices = state.devices.map((one) => ({ ...one, connected: false }));
  node.tell("peer", { id: "phone", state: "lost" });
  await host.pass(200);
  // The entries of this node are all told at the epoch.
  expect(devices().devices).toMatchObject([
    { id: "laptop", lostMs: null },
    { id: "phone", connected: false, lostMs: 0 },
  ]);
});

test("a device is named and removed, and what the node refuses is told to the caller", async () => {
  const { state, devices } = await openPage();
  state.devices = [...state.devices, device("phone")];
  await devices().rename("phone", "Old phone");
  await settle();
  expect(devices().devices[1]).toMatchObject({ name: "Old phone" });
  await devices().remove("phone");
  await settle();
  expect(devices().devices.map(({ id }) => id)).toEqual(["laptop"]);
  await expect(devices().remove("laptop")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
});

test("a link that is out is asked for until somebody takes it, and the right digits make the device one's own", async () => {
  const { host, asks, offer, devices } = await openPage();
  expect(offer()).toMatchObject({ offer: null, outcome: null });
  await offer().start();
  expect(offer().offer).toMatchObject({ link: "kith://link#x", state: "open" });
  expect(offer().offer).not.toHaveProperty("qr");
  asks(asked);
  await host.pass(300);
  expect(offer().offer).toMatchObject(asked);
  await expect(offer().confirm("000000")).rejects.toMatchObject({ code: "LINK_CODE_WRONG" });
  expect(offer().offer).toMatchObject(asked);
  expect(await offer().confirm("123456")).toMatchObject({ id: "phone" });
  expect(offer()).toMatchObject({ offer: null, outcome: { how: "linked", device: { id: "phone" } } });
  await host.pass(1_000);
  expect(offer().outcome).toMatchObject({ how: "linked" });
  expect(devices().devices.map(({ id }) => id)).toEqual(["laptop", "phone"]);
  await offer().stop();
  expect(offer().outcome).toBeNull();
});

test.each([
  ["expired", "nobody came in its time", 600_000, { state: "open" }, false],
  ["ended", "it was taken back elsewhere", 300, { state: "open" }, false],
  ["gone", "the device that had taken it went away", 300, asked, false],
  ["linked", "it was confirmed elsewhere", 300, asked, true],
] as const)("a link that is over has %s where %s", async (how, _why, afterMs, last, isThere) => {
  const { host, state, asks, offer } = await openPage();
  await offer().start();
  asks(last);
  await host.pass(afterMs);
  state.offer = null;
  if (isThere) state.devices = [...state.devices, device("phone")];
  await host.pass(300);
  expect(offer()).toMatchObject({ offer: null, outcome: { how } });
  await offer().start();
  expect(offer()).toMatchObject({ offer: { state: "open" }, outcome: null });
});

test("a third wrong code is told as the end of the link", async () => {
  const { host, state, asks, offer } = await openPage();
  await offer().start();
  asks(asked);
  await host.pass(300);
  await expect(offer().confirm("1")).rejects.toMatchObject({ code: "LINK_CODE_WRONG" });
  state.offer = null;
  await expect(offer().confirm("2")).rejects.toMatchObject({ code: "LINK_CODE_WRONG" });
  expect(offer()).toMatchObject({ offer: null, outcome: { how: "wrong-codes" } });
});

test("nobody is asked about links once nobody looks, and again when somebody does", async () => {
  const { host, state, store, offer, leave } = await openPage();
  await offer().start();
  await host.pass(1_000);
  leave();
  await host.pass(600);
  const before = state.asked.offers;
  await host.pass(60_000);
  expect(state.asked.offers).toBe(before);
  store.deviceOffer.subscribe(() => undefined);
  await host.pass(600);
  expect(state.asked.offers).toBeGreaterThan(before + 1);
});

test("a link that is taken is followed step by step; once let in the page learns who its node is now", async () => {
  const { host, state, linking } = await openPage();
  await linking().take("kith://link#y", "Phone");
  expect(state.taken).toEqual([{ link: "kith://link#y", name: "Phone", shown: true, waitMs: 0 }]);
  expect(linking().progress).toMatchObject({ step: "looking" });
  state.linking = step("confirming", { code: "123456" });
  await host.pass(300);
  expect(linking().progress).toMatchObject({ code: "123456" });
  const { me, spaces } = { ...state.asked };
  state.linking = step("receiving", { spaces: 2, arrived: 1 });
  await host.pass(300);
  expect(linking().progress).toMatchObject({ step: "receiving", spaces: 2, arrived: 1 });
  expect([state.asked.me, state.asked.spaces]).toEqual([me + 1, spaces + 1]);
  state.linking = step("done", { spaces: 2, arrived: 2 });
  await host.pass(300);
  expect(linking().progress).toMatchObject({ step: "done" });
  const before = state.asked.linkings;
  await host.pass(60_000);
  expect(state.asked.linkings).toBe(before);
});

test("a node that is away while a link is taken is asked on as soon as it is back", async () => {
  const { node, host, state, linking } = await openPage();
  await linking().take("kith://link#y");
  expect(state.taken).toEqual([{ link: "kith://link#y", shown: true, waitMs: 0 }]);
  node.kill();
  await host.pass(2_000);
  state.linking = step("failed");
  node.start();
  await host.pass(1_000);
  expect(linking().progress).toMatchObject({ step: "failed" });
});
