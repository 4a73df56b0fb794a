import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createNodeBox } from "../crypto/index.ts";
import { openBox } from "../encryption/index.ts";
import type { DeviceId, EpochId, PrekeyId, ScopeId, SpaceId } from "../ids.ts";
import { decodeJoinRequest, verifyJoinRequest } from "../membership/index.ts";
import { decodeInviteLink } from "./invite-link.ts";
import { makeEpochVectors, makeInviteVectors, makeSpaceVectors } from "./vectors.fixture.ts";

function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../../spec/vectors/${name}.json`, import.meta.url), "utf8"));
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

describe("vectors", () => {
  it("[SP1] the space's id and scopes are those of the vectors", () => {
    expect(makeSpaceVectors()).toEqual(readVectors("space"));
  });

  it("[EP5] [EP6] [EP7] a box, its info and its name are those of the vectors", () => {
    expect(makeEpochVectors()).toEqual(readVectors("epoch"));
  });

  it("[EP8] [EP9] the box of the vectors opens in production's own implementation", () => {
    const { binding, blob, prekeySecretSeed } = readVectors("epoch") as ReturnType<typeof makeEpochVectors>;
    const { space, scope, epoch, device, prekey } = binding as Record<keyof typeof binding, string>;
    const keys = openBox({
      space: space as SpaceId,
      scope: scope as ScopeId,
      epoch: epoch as EpochId,
      device: device as DeviceId,
      prekey: prekey as PrekeyId,
      blob: bytes(blob),
      secretSeed: bytes(prekeySecretSeed),
      box: createNodeBox(),
    });
    expect(keys.epoch).toBe(epoch);
  });

  it("[IN1] [IN2] [IN4] [IN5] [IN14] keys, link and join request are those of the vectors", () => {
    const vectors = readVectors("invite") as ReturnType<typeof makeInviteVectors>;
    expect(makeInviteVectors()).toEqual(vectors);
    expect(verifyJoinRequest(decodeJoinRequest(bytes(vectors.joinRequest.bytes)))).toBe(true);
    expect(decodeInviteLink(vectors.link.text).spaceName).toBe("Café");
  });
});
