export {
  createLanDiscovery,
  LanError,
  type LanCounts,
  type LanDiscovery,
  type LanDiscoveryOptions,
} from "./lan-discovery.ts";
export type { Interfaces } from "./interfaces.ts";
