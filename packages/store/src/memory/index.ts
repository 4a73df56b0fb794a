export { createMemoryDisk } from "./disk.ts";
export type { MemoryDisk } from "./disk.ts";
export { createMemoryStore } from "./store.ts";
export type { MemoryStoreOptions } from "./store.ts";
