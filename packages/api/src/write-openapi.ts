/** Writes packages/contract/openapi.json from the routes, so that the surface can be read without a node; `npm run format` lays it out. */
import { writeFile } from "node:fs/promises";
import { startTestServer } from "./testing/index.ts";

const { server, token } = await startTestServer();
const answer = await fetch(`${server.url}/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
const text = `${JSON.stringify(await answer.json(), null, 2)}\n`;
await writeFile(new URL("../../contract/openapi.json", import.meta.url), text);
await server.close();
