import { describe, expect, it } from "vitest";
import { createEpochSecrets } from "../encryption/index.ts";
import { deriveEpochKeys, linkOf, LINKS_MAX } from "../event/index.ts";
import type { EpochKeys } from "../event/index.ts";
import { seededRandom } from "../membership/world.fixture.ts";
import { planEpoch } from "./epochs.ts";
import { planLinks, withoutReached } from "./links.ts";
import { bea, box, openWithInvite } from "./space.fixture.ts";

const random = seededRandom("links");

function world() {
  const made = openWithInvite();
  const { space, book, membership, keys, write, control, content } = made;
  const epochOf = (scope: EpochKeys["scope"]): EpochKeys => {
    const fresh = deriveEpochKeys(createEpochSecrets({ space, scope, random }));
    keys.set(fresh.epoch, fresh);
    return fresh;
  };
  /** The second under the first. */
  const put = (under: EpochKeys, ...others: EpochKeys[]): void => {
    const links = others.flatMap((each) => linkOf(each) ?? []);
    write({ scope: under.scope, epoch: under.epoch, body: { type: "epoch.link", links } });
  };
  return { ...made, book, membership, control, content, epochOf, put };
}

describe("epochs under epochs", () => {
  it("[EP77] a new epoch holds as few as reach all the others, and the newest of its scope besides", () => {
    const { book, membership, control, content, epochOf, put, keys, write } = world();
    const held = [content, control];
    for (let at = 0; at < 8; at += 1) {
      const next = epochOf(control.scope);
      put(next, held.at(-1) ?? control, ...(at === 0 ? [content] : []));
      held.push(next);
    }
    const plan = planEpoch({
      scope: control.scope,
      membership,
      among: { book, control: null, held },
      box,
      random,
    });
    const links = plan.writes.flatMap(({ body }) => (body.type === "epoch.link" ? body.links : []));
    expect(links.map(({ epoch }) => epoch).toSorted()).toEqual(
      held
        .slice(-4)
        .map(({ epoch }) => epoch)
        .toSorted(),
    );
    keys.set(plan.keys.epoch, plan.keys);
    for (const one of plan.writes) write(one);
    const reached = book.reachOf([plan.keys.epoch]);
    for (const { epoch } of held) expect(reached.has(epoch)).toBe(true);
  });

  it("[EP73] whoever holds an epoch holds what lies under it, in circles too, and nothing of the others", () => {
    const { book, control, content, epochOf, put, admit } = world();
    admit(bea);
    const device = bea.device.device;
    const [a, b, apart] = [control.scope, control.scope, control.scope].map(epochOf) as [
      EpochKeys,
      EpochKeys,
      EpochKeys,
    ];
    put(a, b);
    put(b, a);
    expect(book.heldBy(device)).toEqual(new Set([control.epoch, content.epoch]));
    put(control, a);
    expect(book.heldBy(device)).toEqual(new Set([control.epoch, content.epoch, a.epoch, b.epoch]));
    expect(book.giversTo(b.epoch, device)).toEqual(book.giversTo(control.epoch, device));
    expect(book.reachOf([apart.epoch])).toEqual(new Set([apart.epoch]));
    expect(withoutReached([a, b, control, apart], book)).toEqual([control, apart]);
    expect(withoutReached([b, a], book)).toHaveLength(1);
  });

  it("[EV34] [EP73] a link that names an epoch whose secrets it does not hold, or one of elsewhere, says nothing", () => {
    const { book, control, content, epochOf, write } = world();
    const [mine, other] = [epochOf(content.scope), epochOf(content.scope)];
    const [link, false_] = [linkOf(mine), linkOf(other)];
    if (!link || !false_) throw new Error("archives can be linked");
    const body = { type: "epoch.link", links: [{ ...false_, epoch: mine.epoch }] } as const;
    write({ scope: control.scope, epoch: control.epoch, body });
    const elsewhere = epochOf("ab".repeat(32) as EpochKeys["scope"]);
    write({
      scope: control.scope,
      epoch: control.epoch,
      body: { type: "epoch.link", links: [linkOf(elsewhere) ?? link, link] },
    });
    expect(book.reachOf([control.epoch])).toEqual(new Set([control.epoch, mine.epoch]));
    const back = { type: "epoch.link", links: [linkOf(control) ?? link] } as const;
    write({ scope: content.scope, epoch: content.epoch, body: back });
    expect(book.reachOf([content.epoch])).toEqual(new Set([content.epoch]));
  });

  it("[EP74] more than fit one event take another", () => {
    const { book, control, epochOf } = world();
    const many = Array.from({ length: LINKS_MAX + 1 }, () => epochOf(control.scope));
    const plan = planLinks(control, many, { book });
    expect(plan.map(({ body }) => body.type === "epoch.link" && body.links.length)).toEqual([LINKS_MAX, 1]);
  });
});
