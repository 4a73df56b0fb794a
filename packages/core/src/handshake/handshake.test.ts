import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError } from "../crypto/index.ts";
import { encodeCertificate } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import {
  exporter,
  identityOf,
  inviteKey,
  meet,
  nearbyKey,
  seeded,
  side,
  spaceKey,
} from "./handshake-fixtures.ts";
import { PROOF_BYTES, PROOF_FRAME_BYTES, PROOFS_MAX } from "./limits.ts";
import { chooseProofKeys, proofOf } from "./proofs.ts";

const club = spaceKey("club");
const strangers = { dialer: "HANDSHAKE_STRANGER", acceptor: "HANDSHAKE_STRANGER" };

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
  return "none";
}

describe("members", () => {
  it("[HS8] learn each other's device and exactly the keys they share", () => {
    const choir = spaceKey("choir");
    const { results, errors } = meet(
      side("dialer", { keys: [club, choir, spaceKey("only dialer")] }),
      side("acceptor", { keys: [spaceKey("only acceptor"), choir, club] }),
    );
    expect(errors).toEqual({ dialer: null, acceptor: null });
    expect(results.dialer?.device).toBe(identityOf("acceptor").device.device);
    expect(results.acceptor?.person).toBe(identityOf("dialer").certificate.person);
    expect(results.dialer?.shared).toEqual([club, choir]);
    expect(results.acceptor?.shared).toEqual([choir, club]);
  });

  it("[HS10] the dialer signs first when neither asks", () => {
    expect(meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] })).order).toEqual([
      "dialer",
      "acceptor",
    ]);
  });

  it("[HS9] who knows a newer epoch than the shared one makes the other sign first, in either role", () => {
    const [old, newer] = [spaceKey("club", 1), spaceKey("club", 2)];
    expect(meet(side("dialer", { keys: [old, newer] }), side("acceptor", { keys: [old] })).order).toEqual([
      "acceptor",
      "dialer",
    ]);
    expect(meet(side("dialer", { keys: [old] }), side("acceptor", { keys: [newer, old] })).order).toEqual([
      "dialer",
      "acceptor",
    ]);
    const choir = spaceKey("choir");
    expect(
      meet(side("dialer", { keys: [old, newer, choir] }), side("acceptor", { keys: [old, choir] })).order,
    ).toEqual(["dialer", "acceptor"]);
  });

  it("[HS9] attack 30: a removed member with an old key signs first, is refused and learns no device", () => {
    const [old, newer] = [spaceKey("club", 1), spaceKey("club", 2)];
    const removed = identityOf("removed").device.device;
    const { sent, errors } = meet(
      side("dialer", { keys: [old, newer], accept: ({ device }) => device !== removed }),
      side("acceptor", { name: "removed", keys: [old] }),
    );
    expect(sent.dialer.map(({ type }) => type)).toEqual([1, 2]);
    expect(errors.dialer).toBe("HANDSHAKE_REFUSED");
  });

  it("[HS15] the second signer reveals nothing to a device that it does not talk to; the first asks too", () => {
    const second = meet(
      side("dialer", { keys: [club] }),
      side("acceptor", { keys: [club], accept: () => false }),
    );
    expect(second.sent.acceptor.map(({ type }) => type)).toEqual([1, 2]);
    expect(second.errors.acceptor).toBe("HANDSHAKE_REFUSED");
    const first = meet(
      side("dialer", { keys: [club], accept: () => false }),
      side("acceptor", { keys: [club] }),
    );
    expect(first.errors.dialer).toBe("HANDSHAKE_REFUSED");
    expect(first.results.dialer).toBeNull();
  });

  it("[HS6] with more than 256 keys the newest of every space is offered before any second newest", () => {
    const old = Array.from({ length: 300 }, (_, order) => spaceKey("club", order));
    const others = Array.from({ length: 20 }, (_, n) => spaceKey(`space ${n}`));
    const chosen = chooseProofKeys([...old, ...others, inviteKey("choir")]);
    expect(chosen).toHaveLength(PROOFS_MAX);
    expect(chosen).toEqual(
      expect.arrayContaining([...others, inviteKey("choir"), old[299], old[299 - (PROOFS_MAX - 22)]]),
    );
    expect(chosen).not.toContain(old[0]);
    const { results } = meet(
      side("dialer", { keys: [...old, ...others] }),
      side("acceptor", { keys: [others[19] as typeof club] }),
    );
    expect(results.dialer?.shared).toEqual([others[19]]);
  });

  it("[HS6] no number of invites of one space hides another space, nor a join under way", () => {
    const invites = Array.from({ length: 400 }, (_, order) => ({
      ...inviteKey(`invite ${order}`),
      space: club.space,
      order,
    }));
    const others = Array.from({ length: 200 }, (_, n) => spaceKey(`space ${n}`));
    const join = inviteKey("choir");
    const chosen = chooseProofKeys([club, ...invites, ...others, join]);
    expect(chosen).toHaveLength(PROOFS_MAX);
    expect(chosen).toEqual(expect.arrayContaining([club, ...others, join, invites[399]]));
  });
});

describe("strangers", () => {
  it("[HS5] attack 16: every proof frame has one size and shows no key, device or certificate", () => {
    const keySets = [[], [club], Array.from({ length: 200 }, (_, n) => spaceKey(`space ${n}`))];
    for (const keys of keySets) {
      const { sent, errors } = meet(
        side("dialer", { keys: [spaceKey("elsewhere")] }),
        side("acceptor", { keys }),
      );
      expect(errors).toEqual(strangers);
      expect(sent.acceptor.map(({ type, payload }) => [type, payload.length])).toEqual([
        [1, PROOF_FRAME_BYTES],
      ]);
      const bytes = Buffer.from(sent.acceptor[0]?.payload as Uint8Array);
      const { device, certificate } = identityOf("acceptor");
      for (const secret of [
        idBytes(device.device),
        idBytes(certificate.person),
        encodeCertificate(certificate),
        ...keys.map(({ key }) => key),
      ]) {
        expect(bytes.includes(Buffer.from(secret))).toBe(false);
      }
    }
  });

  it("[HS5] attack 16: two links of one device share no entry, and proofs lie in no fixed place", () => {
    const places = new Set<number>();
    const seen = new Set<string>();
    for (let n = 0; n < 8; n += 1) {
      const link = seeded(`link ${n}`);
      const [frame] = side("dialer", { keys: [club], exporter: link, name: `run ${n}` }).start().send;
      const entries = Buffer.from(frame?.payload.subarray(1) as Uint8Array)
        .toString("hex")
        .match(/.{32}/g) as string[];
      places.add(entries.indexOf(Buffer.from(proofOf(club.key, "dialer", link)).toString("hex")));
      for (const entry of entries) expect(seen.has(entry)).toBe(false);
      for (const entry of entries) seen.add(entry);
    }
    expect(places.has(-1)).toBe(false);
    expect(places.size).toBeGreaterThan(4);
  });

  it("[HS4] attack 5: proofs recorded on one connection are worth nothing on another, nor in the other role", () => {
    const recorded = meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] })).sent.dialer;
    const elsewhere = side("acceptor", { keys: [club], exporter: seeded("another exporter") });
    elsewhere.start();
    expect(codeOf(() => elsewhere.receive(1, recorded[0]?.payload as Uint8Array))).toBe("HANDSHAKE_STRANGER");
    const sameRole = side("dialer", { keys: [club], name: "third" });
    sameRole.start();
    expect(codeOf(() => sameRole.receive(1, recorded[0]?.payload as Uint8Array))).toBe("HANDSHAKE_ECHO");
  });

  it("[HS7] attack 5: our own proofs sent back are refused, even one among other entries", () => {
    for (const kept of [PROOFS_MAX, 1]) {
      const ours = side("acceptor", { keys: [club] });
      const echo = ours.start().send[0]?.payload.slice() as Uint8Array;
      echo.fill(7, 1 + kept * PROOF_BYTES);
      expect(codeOf(() => ours.receive(1, echo))).toBe("HANDSHAKE_ECHO");
    }
  });

  it("[HS14] attack 5: a sign frame recorded on one connection fails on another of the same keys", () => {
    const recorded = meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] })).sent
      .dialer[2];
    const other = seeded("another exporter");
    const { errors, results } = meet(
      side("dialer", { keys: [club], name: "mallory", exporter: other }),
      side("acceptor", { keys: [club], exporter: other }),
      (frame, from) => (from === "dialer" && frame.type === 3 ? (recorded as typeof frame) : frame),
    );
    expect(errors.acceptor).toBe("HANDSHAKE_SIGNATURE");
    expect(results.acceptor).toBeNull();
  });

  it("[HS14] attack 12: a member cannot present another's certificate, nor one that its root did not sign", () => {
    const mallory = identityOf("mallory");
    const stolen = { device: mallory.device, certificate: identityOf("alice").certificate };
    expect(
      meet(side("dialer", { keys: [club], identity: stolen }), side("acceptor", { keys: [club] })).errors
        .acceptor,
    ).toBe("HANDSHAKE_SIGNATURE");
    const forged = {
      device: mallory.device,
      certificate: { ...mallory.certificate, person: identityOf("alice").certificate.person },
    };
    expect(
      meet(side("dialer", { keys: [club], identity: forged }), side("acceptor", { keys: [club] })).errors
        .acceptor,
    ).toBe("HANDSHAKE_SIGNATURE");
  });

  it("[HS14] a link that leads back to this device ends", () => {
    expect(
      meet(side("dialer", { name: "me", keys: [club] }), side("acceptor", { name: "me", keys: [club] }))
        .errors.acceptor,
    ).toBe("HANDSHAKE_SELF");
  });
});

describe("invites and nearby", () => {
  it("[HS16] a joiner proves the invite alone, signs first in either role, and the inviter learns which invite", () => {
    const invite = inviteKey("club");
    const dialling = meet(side("dialer", { keys: [invite] }), side("acceptor", { keys: [club, invite] }));
    expect(dialling.order).toEqual(["dialer", "acceptor"]);
    expect(dialling.results.acceptor?.shared).toEqual([invite]);
    const dialled = meet(side("dialer", { keys: [club, invite] }), side("acceptor", { keys: [invite] }));
    expect(dialled.order).toEqual(["acceptor", "dialer"]);
    expect(dialled.errors).toEqual({ dialer: null, acceptor: null });
  });

  it("[HS11] two holders of one invite link learn nothing of each other", () => {
    const invite = inviteKey("club");
    const { sent, errors } = meet(
      side("dialer", { keys: [invite] }),
      side("acceptor", { keys: [invite, spaceKey("other")] }),
    );
    expect(errors).toEqual(strangers);
    expect([...sent.dialer, ...sent.acceptor].some(({ type }) => type === 3)).toBe(false);
  });

  it("[HS17] a visible device that heard a nearby key dials and signs first; a replaced key proves nothing", () => {
    const heard = nearbyKey("acceptor");
    const { order, results } = meet(
      side("dialer", { keys: [heard, nearbyKey("dialer")] }),
      side("acceptor", { keys: [heard, club] }),
    );
    expect(order).toEqual(["dialer", "acceptor"]);
    expect(results.acceptor?.shared).toEqual([heard]);
    expect(
      meet(side("dialer", { keys: [heard] }), side("acceptor", { keys: [nearbyKey("acceptor, later")] }))
        .errors,
    ).toEqual(strangers);
  });
});

describe("frames", () => {
  it("[HS1] every frame out of turn ends the handshake, in every state", () => {
    const { sent } = meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] }));
    const incoming = sent.acceptor;
    for (let state = 0; state <= incoming.length; state += 1) {
      for (const type of [0, 1, 2, 3, 4, 7, 16, 255]) {
        if (type === incoming[state]?.type) continue;
        const dialer = side("dialer", { keys: [club] });
        dialer.start();
        for (const { type: good, payload } of incoming.slice(0, state)) dialer.receive(good, payload);
        expect(codeOf(() => dialer.receive(type, incoming[0]?.payload as Uint8Array))).toBe(
          "HANDSHAKE_UNEXPECTED",
        );
      }
    }
    expect(codeOf(() => side("dialer").receive(1, new Uint8Array(PROOF_FRAME_BYTES)))).toBe(
      "HANDSHAKE_UNEXPECTED",
    );
    const twice = side("dialer");
    twice.start();
    expect(codeOf(() => twice.start())).toBe("HANDSHAKE_UNEXPECTED");
  });

  it("[HS2] another version is refused before anybody signs", () => {
    const { sent, errors } = meet(
      side("dialer", { keys: [club], protocolVersion: 2 }),
      side("acceptor", { keys: [club] }),
    );
    expect(errors).toEqual({ dialer: "HANDSHAKE_VERSION", acceptor: "HANDSHAKE_VERSION" });
    expect([...sent.dialer, ...sent.acceptor].map(({ type }) => type)).toEqual([1, 1]);
  });

  it("[HS3] after an error nothing works any more", () => {
    const acceptor = side("acceptor", { keys: [club] });
    const dialer = side("dialer", { keys: [club] });
    acceptor.start();
    const good = dialer.start().send[0]?.payload as Uint8Array;
    expect(codeOf(() => acceptor.receive(2, Uint8Array.of(0)))).toBe("HANDSHAKE_UNEXPECTED");
    expect(codeOf(() => acceptor.receive(1, good))).toBe("HANDSHAKE_UNEXPECTED");
  });

  it("[HS13] any altered byte of any frame keeps both from being sure of the other", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("dialer" as const, "acceptor" as const),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (from, type, where, flip) => {
          const { results } = meet(
            side("dialer", { keys: [club] }),
            side("acceptor", { keys: [club] }),
            (frame, sender) => {
              if (sender !== from || frame.type !== type) return frame;
              const payload = frame.payload.slice();
              const at = where % payload.length;
              payload[at] = (payload[at] as number) ^ flip;
              return { type, payload };
            },
          );
          expect(results.dialer !== null && results.acceptor !== null).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("[HS12] only sign frames name a device", () => {
    const { sent } = meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] }));
    for (const [who, frames] of Object.entries(sent)) {
      const device = Buffer.from(identityOf(who).device.device, "hex");
      expect(frames.map(({ payload }) => Buffer.from(payload).includes(device))).toEqual([
        false,
        false,
        true,
      ]);
    }
  });

  it("[HS12] attack 13: any bytes in any state give a HANDSHAKE_ error and nothing else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2),
        fc.integer({ min: 1, max: 3 }),
        fc.uint8Array({ maxLength: 400 }),
        fc.boolean(),
        (state, type, bytes, long) => {
          const { sent } = meet(side("dialer", { keys: [club] }), side("acceptor", { keys: [club] }));
          const dialer = side("dialer", { keys: [club] });
          dialer.start();
          for (const good of sent.acceptor.slice(0, state)) dialer.receive(good.type, good.payload);
          const payload = long ? Buffer.concat([Uint8Array.of(1), bytes], PROOF_FRAME_BYTES) : bytes;
          const code = codeOf(() => dialer.receive(type, payload));
          if (code !== "none") expect(code).toMatch(/^HANDSHAKE_/);
          else expect([state, type, payload.length]).toEqual([1, 2, 1]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("[HS4] an exporter of another length is refused", () => {
    expect(codeOf(() => side("dialer", { exporter: exporter.subarray(1) }))).toBe("HANDSHAKE_EXPORTER");
  });
});
