/** The HTTP surface of a node: server, and who may call it. */
export { createAuth } from "./auth.ts";
export type { Auth, Claims, Scope } from "./auth.ts";
export { checkScope } from "./gate.ts";
export { createApiServer } from "./server.ts";
export type { ApiServer, ApiServerOptions, StaticHandler } from "./server.ts";
