import type { DeviceCertificate, DeviceKeys, Prekey } from "../identity/index.ts";
import type { EpochId, PersonId, ScopeId } from "../ids.ts";
import type { Body } from "../event/index.ts";

/** This device and whose it is: what it signs with and what others box to. */
export interface Identity {
  readonly person: PersonId;
  readonly name: string;
  readonly certificate: DeviceCertificate;
  readonly device: DeviceKeys;
  readonly prekey: Prekey;
}

/** An event to be sealed; the node gives it its place in the chain. Several are sealed in order, each following the one before. */
export interface PlannedWrite {
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  readonly body: Body;
  /** Seconds; exactly of a message.expire. */
  readonly lifetimeS?: number;
}
