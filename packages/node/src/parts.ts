/**
 * What of a node works on a space's events and keys, without network, beacon and service: for worlds in which thousands
 * of devices live for milliseconds each. The node assembles the same parts.
 */
export { admit } from "./admission.ts";
export { Author } from "./author.ts";
export { Boxes } from "./boxes.ts";
export { Expiries } from "./expiry.ts";
export { Ingest } from "./ingest.ts";
export { Joins } from "./joins.ts";
export { keysByAge } from "./key-order.ts";
export { Ledger } from "./ledger.ts";
export { createMembers } from "./members.ts";
export type { Members } from "./members.ts";
export { OwnDevices } from "./own-devices.ts";
export { PrivateChannels } from "./private-channels.ts";
export type { Replica } from "./replica.ts";
export { takeBodies } from "./sealed-bodies.ts";
export { SealedKeeper } from "./sealed-keeper.ts";
export { secretsMeta } from "./secrets.ts";
