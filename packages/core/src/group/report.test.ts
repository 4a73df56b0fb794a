import { describe, expect, it } from "vitest";
import type { MessageReportBody } from "../event/index.ts";
import type { EventId } from "../ids.ts";
import { id32 } from "../event/event-fixtures.ts";
import type { Role } from "../membership/index.ts";
import { createTestPerson } from "../membership/world.fixture.ts";
import type { TestPerson } from "../membership/world.fixture.ts";
import { planRank } from "./plan.ts";
import { openReport, planReport } from "./report.ts";
import { ann, bea, box, cid, openWithInvite } from "./space.fixture.ts";

const dan = createTestPerson("Dan");
const eva = createTestPerson("Eva");
const message = id32<EventId>("message");

/** Ann owns it; Bea is admin, Eva a member or reader like Cid and Dan, who are what is asked for. */
function world({ others = "member", role = "member" }: { others?: Role; role?: "member" | "reader" } = {}) {
  const made = openWithInvite({ usesMax: 9, role });
  for (const who of [bea, cid, dan, eva]) made.admit(who);
  const rank = (who: TestPerson, to: Role) =>
    made.write(
      planRank({ space: made.space, person: who.person, role: to, controlEpoch: made.control.epoch }),
    );
  rank(bea, "admin");
  if (others !== role) for (const who of [cid, dan]) rank(who, others);
  const plan = (by: TestPerson, about: TestPerson) =>
    planReport({
      message,
      about: about.person,
      reason: "rude",
      self: by.device.device,
      membership: made.membership,
      controlEpoch: made.control.epoch,
      box,
      random: made.random,
    });
  const readers = (by: TestPerson, body: MessageReportBody): string[] =>
    [ann, bea, cid, dan, eva]
      .filter(({ device, prekey }) =>
        openReport(
          body,
          { space: made.space, author: by.device.device },
          { device: device.device, prekeys: [{ ...prekey.bundle, secretSeed: prekey.secretSeed }], box },
        ),
      )
      .map(({ name }) => name);
  const bodyOf = (by: TestPerson, about: TestPerson): MessageReportBody => {
    const body = plan(by, about)?.body;
    if (body?.type !== "message.report") throw new Error("nothing was planned");
    return body;
  };
  return { ...made, plan, readers, bodyOf };
}

describe("reporting a message", () => {
  it("[SP127] owners, admins and the reporter read it; who wrote the message and other members do not", () => {
    const { bodyOf, readers } = world();
    expect(readers(cid, bodyOf(cid, dan))).toEqual(["Ann", "Bea", "Cid"]);
  });

  it("[SP127] an admin whose message it is does not read it, and the number of boxes does not tell", () => {
    const { bodyOf, readers } = world();
    const about = bodyOf(cid, bea);
    expect(readers(cid, about)).toEqual(["Ann", "Cid"]);
    expect(about.boxes).toHaveLength(bodyOf(cid, dan).boxes.length);
  });

  it("[SP127] where only its author is above, there is nobody to report to", () => {
    const { plan } = world();
    expect(plan(cid, ann)?.scope).toBeDefined();
    const alone = openWithInvite();
    alone.admit(bea);
    const { membership, control, random } = alone;
    const asked = { message, reason: null, membership, controlEpoch: control.epoch, box, random };
    expect(planReport({ ...asked, about: ann.person, self: bea.device.device })).toBeNull();
    expect(planReport({ ...asked, about: bea.person, self: ann.device.device })).toBeNull();
  });

  it("[SP125] a reader may report, and one who is no member may not", () => {
    const { plan, write, membership, control } = world({ others: "reader", role: "reader" });
    const planned = plan(cid, dan);
    if (!planned) throw new Error("nothing was planned");
    const before = membership.state();
    expect(write(planned, cid).verdict).toEqual({ effective: true });
    expect(membership.state()).toBe(before);
    expect(write(planned, createTestPerson("Eve")).verdict).toMatchObject({ code: "NOT_MEMBER" });
    expect(planned.scope).toBe(control.scope);
  });
});
