import type { EventStore } from "../ports/index.ts";

/** How a part of the suite reaches the store of the test that runs. */
export interface StoreInTest {
  store: EventStore;
  reopen(): Promise<EventStore>;
}
