/** Writes packages/api/schema.graphql from the code: `node packages/api/src/write-graphql.ts`. */
import { writeFile } from "node:fs/promises";
import { printSchema } from "graphql";
import { buildSchema } from "./graphql/schema.ts";

await writeFile(new URL("../schema.graphql", import.meta.url), `${printSchema(buildSchema())}\n`);
