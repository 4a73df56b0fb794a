/** Contract suites of the ports: an adapter imports the suite of its port and is finished when it passes. */
export { describeDiscoveryContract, type DiscoveryPair } from "./discovery-contract.ts";
export {
  describeTransportContract,
  keepLink,
  type KeptFrame,
  type KeptLink,
  type TransportPair,
} from "./link-contract.ts";
export { orderItems, readLeaves } from "./store-contract-sync.ts";
export { describeStoreContract, type StoreUnderTest } from "./store-contract.ts";
export {
  channelOf,
  deviceOf,
  entryOf,
  eventId,
  eventOf,
  messageOf,
  personOf,
  reactionOf,
  scopeOf,
  spaceOf,
} from "./store-rows.ts";
export { createListReader, type ListReader } from "../sync/list-reader.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { createSeededRandom } from "./seeded-random.ts";
