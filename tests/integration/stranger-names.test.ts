import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann", { visibility: "nearby" });
});

afterEach(() => house.stop());

/** What Ann is shown once she and the stranger have had time to say who they are. */
async function shownNameOf(stranger: Housemate): Promise<string | undefined> {
  await ann.until("they have greeted", () => ann.service.peers().some(({ rttMs }) => rttMs !== null));
  return ann.service.peers().find(({ id }) => id === stranger.service.nodeId)?.name;
}

test("a stranger who is visible nearby is shown under the name they give", async () => {
  const eve = await house.add("Eve  of the Hill", { visibility: "nearby" });
  expect(await shownNameOf(eve)).toBe("Eve of the Hill");
});

test("attack 25: a stranger's name that would deceive a reader or steer a terminal is not shown", async () => {
  const eve = await house.add("gnp.\u202Eexe\u001B[2J", { visibility: "nearby" });
  expect(await shownNameOf(eve)).toBe(`Person ${eve.service.status().person.slice(0, 8)}`);
});
