export { LinkError, type LinkErrorCode } from "../link-error.ts";
export { CALM, type Conditions } from "./conditions.ts";
export { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
