export { LinkError, type LinkErrorCode } from "../link-error.ts";
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
