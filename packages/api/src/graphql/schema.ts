/** The whole GraphQL schema. Its text in the repository is packages/api/schema.graphql. */
import type { GraphQLSchema } from "graphql";
import { createBuilder } from "./builder.ts";
import { addDevices } from "./devices.ts";
import { addMessages } from "./messages.ts";
import { addMutations } from "./mutations.ts";
import { addObjects } from "./objects.ts";
import { addPeople } from "./people.ts";
import { addQueries } from "./queries.ts";
import { addTalk } from "./talk.ts";

export function buildSchema(): GraphQLSchema {
  const builder = createBuilder();
  const objects = addObjects(builder);
  addQueries(builder, objects);
  addMutations(builder, objects);
  addMessages(builder, objects);
  addPeople(builder, objects);
  addTalk(builder, objects);
  addDevices(builder);
  return builder.toSchema();
}
