import { describe, expect, it } from "vitest";
import { boxName, createEpochSecrets, openBox, readerBoxName, sealBoxes } from "../encryption/index.ts";
import { deriveEpochKeys } from "../event/index.ts";
import type { EpochKeys, Header } from "../event/index.ts";
import type { EventId } from "../ids.ts";
import { toId } from "../ids.ts";
import type { TestPerson } from "../membership/world.fixture.ts";
import { chooseSendEpoch } from "./epochs.ts";
import { shareEpochs, shareOf } from "./join.ts";

import { ann, bea, box, cid, openWithInvite } from "./space.fixture.ts";

describe("a join-only scope", () => {
  /** An epoch that Ann made for herself, as she and who has its headers alone hold it. */
  const open = () => {
    const world = openWithInvite();
    const { space, random, book, content, admit } = world;
    admit(bea);
    const secrets = createEpochSecrets({ space, scope: content.scope, profile: "join-only", random });
    const whole = deriveEpochKeys(secrets);
    const headers = deriveEpochKeys({ ...secrets, contentSecret: null });
    const note = (
      by: TestPerson,
      type: "epoch.create" | "epoch.rebox" | "epoch.headers",
      names: Recipients,
    ) => {
      const recipients = [...names];
      const body =
        type === "epoch.create"
          ? ({ type, profile: "join-only", recipients } as const)
          : ({ type, epoch: whole.epoch, recipients } as const);
      const header = {
        device: by.device.device,
        scope: content.scope,
        epoch: whole.epoch,
        parents: [],
        auth: [],
      };
      const id = toId<EventId>(random.bytes(32));
      book.note({ id, header: { ...header, prev: null } as unknown as Header, body });
    };
    note(ann, "epoch.create", sealBoxes(whole, [ann.prekey.bundle], box).recipients);
    return { ...world, whole, headers, note };
  };
  type Recipients = ReturnType<typeof sealBoxes>["recipients"];

  it("[EP87] who came after an epoch is given its headers, and a new one is made before anybody writes", () => {
    const { membership, book, whole, content, admit } = open();
    const share = (who: TestPerson) => shareOf(whole, who.person, { membership, book });
    expect([ann, bea].map(share)).toEqual(["whole", "headers"]);
    const choose = () =>
      chooseSendEpoch({
        scope: content.scope,
        book,
        keysOf: (id) => (id === whole.epoch ? whole : null),
        membership,
      });
    expect(choose()).toBeNull();
    const plan = shareEpochs(bea.prekey.bundle, [whole], { box, membership, book });
    expect(plan.writes.map(({ body }) => body.type)).toEqual(["epoch.headers"]);
    const opened = openBox({
      space: membership.space,
      scope: whole.scope,
      epoch: whole.epoch,
      device: bea.device.device,
      prekey: bea.prekey.bundle.id,
      blob: plan.boxes[0]?.blob ?? new Uint8Array(0),
      secretSeed: bea.prekey.secretSeed,
      box,
    });
    expect(opened.secrets.contentSecret).toBeNull();
    expect(opened.headerKey).toEqual(whole.headerKey);
    admit(cid);
    expect(share(cid)).toBe("headers");
  });

  it("[EP89] attack 4: a newcomer who announces that all of an epoch was boxed for it is given no more of it", () => {
    const { membership, book, whole, headers, note } = open();
    const share = (keys: EpochKeys) => shareOf(keys, bea.person, { membership, book });
    const { device } = bea.device;
    const prekey = bea.prekey.bundle.id;
    // With all that the headers tell: names of boxes that hang on no content secret.
    note(bea, "epoch.rebox", [{ device, prekey, box: boxName(prekey, whole.epoch) }]);
    note(bea, "epoch.create", [{ device, prekey, box: readerBoxName(prekey, headers) }]);
    expect(share(whole)).toBe("headers");
    // Whoever has the headers alone cannot tell, and gives nothing rather than less.
    expect(share(headers)).toBeNull();
    note(ann, "epoch.rebox", sealBoxes(whole, [bea.prekey.bundle], box).recipients);
    expect(share(whole)).toBe("whole");
  });
});
