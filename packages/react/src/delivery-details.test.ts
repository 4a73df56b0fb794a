import type { DeviceDelivery } from "@kith/contract";
import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { createScriptedNode, refusal } from "./testing/scripted-client.ts";

const device = (id: string, state: DeviceDelivery["state"]): DeviceDelivery => ({
  person: "ben",
  name: "Ben",
  device: id,
  deviceName: id,
  self: false,
  state,
  connected: state === "kept",
  lastSeen: null,
});

async function openPage() {
  const node = createScriptedNode();
  const host = createManualHost();
  const state = { devices: [device("phone", "waits")], asked: [] as string[], isRefusing: false };
  const store = createKithStore({
    host,
    client: {
      ...node.client,
      deliveryOf(message) {
        state.asked.push(message);
        if (state.isRefusing) return Promise.reject(refusal(404, "UNKNOWN_MESSAGE"));
        return Promise.resolve({ items: structuredClone(state.devices), next: null });
      },
    },
  });
  await settle();
  const watch = async (message = "m1") => {
    const off = store.deliveryDetail(message).subscribe(() => undefined);
    await settle();
    return off;
  };
  const shown = (message = "m1") =>
    store
      .deliveryDetail(message)
      .get()
      .devices.map((one) => one.state);
  return { node, host, state, store, watch, shown };
}

test("[HT117] what is looked at is asked again when the log tells of an acknowledgement, a link or a member, and nothing else is", async () => {
  const { node, host, state, watch, shown, store } = await openPage();
  expect(store.deliveryDetail("m1").get()).toMatchObject({ devices: [], isLoading: true });
  expect(state.asked).toEqual([]);
  await watch();
  expect(shown()).toEqual(["waits"]);
  state.devices = [device("phone", "kept")];
  node.tell("delivery", { messages: [{ id: "m2", devices: 1, of: 1 }] });
  await host.pass(200);
  expect(state.asked).toEqual(["m1"]);
  node.tell("delivery", { messages: [{ id: "m1", devices: 1, of: 1 }] });
  await host.pass(200);
  expect([state.asked, shown()]).toEqual([["m1", "m1"], ["kept"]]);
  state.devices = [device("phone", "kept"), device("laptop", "waits")];
  node.tell("space", { space: "s", change: "member" });
  await host.pass(200);
  expect(shown()).toEqual(["kept", "waits"]);
  state.devices = [device("phone", "kept"), device("laptop", "key")];
  node.tell("peer", { id: "laptop", state: "connected" });
  await host.pass(200);
  expect(shown()).toEqual(["kept", "key"]);
});

test("while something waits it is asked every three seconds, as long as somebody looks; then no more", async () => {
  const { host, state, watch, shown } = await openPage();
  const off = await watch();
  await host.pass(3_100);
  expect(state.asked).toHaveLength(2);
  state.isRefusing = true;
  await host.pass(3_100);
  state.isRefusing = false;
  state.devices = [device("phone", "kept"), device("old", "older")];
  await host.pass(3_100);
  expect([state.asked.length, shown()]).toEqual([4, ["kept", "older"]]);
  await host.pass(30_000);
  expect(state.asked).toHaveLength(4);
  off();
  state.devices = [device("phone", "waits")];
  const away = await watch();
  expect([state.asked.length, shown()]).toEqual([5, ["waits"]]);
  away();
  await host.pass(30_000);
  expect(state.asked).toHaveLength(5);
});

test("of many messages that were looked at a few are kept", async () => {
  const { state, node, host, watch, store } = await openPage();
  await watch("m1");
  const first = store.deliveryDetail("m2");
  for (let number = 3; number < 40; number += 1) (await watch(`m${number}`))();
  expect(store.deliveryDetail("m2")).not.toBe(first);
  state.asked.length = 0;
  node.tell("peer", { id: "phone", state: "lost" });
  await host.pass(200);
  expect(state.asked).toEqual(["m1"]);
});
