import type { Ways } from "@kith/node";

/** How devices may meet and by which ways content may travel, for the length of a run. */
export interface Circumstances {
  /** Left out: all. */
  readonly ways?: Ways;
  /** False: datagrams reach nobody, as between networks. Devices know each other by addresses alone. Left out: true. */
  readonly lan?: boolean;
  /** Bytes that a link takes before it says that it has enough. Left out: a link's own, more than a small space holds. */
  readonly queueBytes?: number;
}
