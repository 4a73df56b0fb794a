export { DATA_KEY_BYTES, openSqliteStore } from "./open.ts";
export type { SqliteStoreOptions } from "./open.ts";
export { STORE_CHECK_FILE, STORE_FILE } from "./connect.ts";
