/** Writes event.json again: `node spec/vectors/write-event.ts`. Only together with a new version of the format. */
import { writeFileSync } from "node:fs";
import { makeEventVectors } from "../../packages/core/src/event/event-vectors.ts";

writeFileSync(new URL("event.json", import.meta.url), `${JSON.stringify(makeEventVectors(), null, 2)}\n`);
