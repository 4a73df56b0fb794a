/** Of reports: Bob is an admin, and Cem has come in. */
import type { Step } from "./right.ts";

export const ofReports: readonly Step[] = [
  {
    call: "post /api/messages/{id}/report",
    async before(world) {
      const body = { space: "Quay", channel: "general", text: "buy now" };
      const { id } = await world.ask<{ id: string }>("cem", "POST", "/api/messages", body);
      world.ids.reported = id;
      await world.until("bob", "/api/messages?space=Quay&limit=500", ({ items }) =>
        items.some((message) => message["id"] === id),
      );
    },
    request: ({ ids }) => ({
      of: "bob",
      params: { id: ids.reported },
      body: { reason: "an advertisement \u05D0\u{1F9D7}", ofALaterVersion: { x: [1] } },
    }),
    after: ({ ids }, answer) => (ids.report = answer.json<{ id: string }>().id),
  },
  {
    call: "get /api/spaces/{space}/reports",
    before: ({ until }) => until("ann", "/api/spaces/Quay/reports", ({ items }) => items.length === 1),
    request: ({ ids }) => ({ params: { space: ids.space } }),
  },
  { call: "post /api/reports/{id}/handled", request: ({ ids }) => ({ params: { id: ids.report } }) },
];
