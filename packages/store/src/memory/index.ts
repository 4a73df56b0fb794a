export { createMemoryDisk } from "./disk.ts";
export type { MemoryDisk } from "./disk.ts";
export { copyBatch, createMemoryStore } from "./store.ts";
export type { MemoryStoreOptions } from "./store.ts";
