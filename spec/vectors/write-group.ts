/** Writes space, epoch and invite.json again: `node spec/vectors/write-group.ts`. Only together with a new version of the format. */
import { writeFileSync } from "node:fs";
import { makeEpochVectors, makeInviteVectors, makeSpaceVectors } from "../../packages/core/src/group/vectors.fixture.ts";

const files = { space: makeSpaceVectors(), epoch: makeEpochVectors(), invite: makeInviteVectors() };
for (const [name, vectors] of Object.entries(files)) {
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
}
