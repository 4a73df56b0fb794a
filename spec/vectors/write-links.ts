/** Writes handshake.json, discovery.json, sync.json and cells.json; run after a change of the wire: `node spec/vectors/write-links.ts`. */
import { writeFileSync } from "node:fs";
import { discoveryVectors } from "../../packages/core/src/discovery/discovery-vectors.ts";
import { handshakeVectors } from "../../packages/core/src/handshake/handshake-vectors.ts";
import { cellVectors } from "../../packages/core/src/sync/cell-vectors.ts";
import { syncVectors } from "../../packages/core/src/sync/sync-vectors.ts";

const files = {
  handshake: handshakeVectors(),
  discovery: discoveryVectors(),
  sync: syncVectors(),
  cells: cellVectors(),
};
for (const [name, vectors] of Object.entries(files)) {
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
}
