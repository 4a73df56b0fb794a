/** The HTTP surface of a node: server, and who may call it. */
export { createAuth } from "./auth.ts";
export type { Auth, Claims, Scope, SignInCode } from "./auth.ts";
export type { TokenRecord, TokenShelf } from "./token-book.ts";
export type { BackupPlace } from "./backups.ts";
export { checkScope } from "./gate.ts";
export { negotiatePacking } from "./packing/index.ts";
export type { Packing } from "./packing/index.ts";
export { createApiServer } from "./server.ts";
export type { ApiServer, ApiServerOptions, StaticHandler } from "./server.ts";
export { createGatekeeper } from "./gatekeeper.ts";
export type { Gatekeeper } from "./gatekeeper.ts";
export type { Vault } from "./vault.ts";
export { ApiFault } from "./fault.ts";
