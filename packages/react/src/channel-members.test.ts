import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { CHANNEL, createScriptedNode, SELF, SPACE } from "./testing/scripted-client.ts";

test("a channel that was left is in no list any more by the time that leaving resolves", async () => {
  const node = createScriptedNode();
  let isIn = true;
  const store = createKithStore({
    host: createManualHost(),
    client: {
      ...node.client,
      async conversations() {
        const { items, next } = await node.client.conversations();
        return { items: isIn ? items : [], next };
      },
      channelMembers: () => Promise.resolve({ items: [], next: null }),
      removeChannelMember() {
        isIn = false;
        return Promise.resolve();
      },
    },
  });
  await settle();
  const listed = () => store.conversations.get().conversations.map(({ channel }) => channel);
  expect(listed()).toEqual([CHANNEL]);
  node.hold("conversations");
  const leaving = store.channelMembers(SPACE, CHANNEL).get().remove(SELF);
  await settle();
  node.release("conversations");
  await leaving;
  expect(listed()).toEqual([]);
  store.close();
});
