/** Where single messages are, device by device: asked for while somebody looks, and again whenever the log tells of what may change it. */
import type { DeviceDelivery } from "@kith/contract";
import type { Readable } from "./cell.ts";
import type { Cancel } from "./host.ts";
import { createList } from "./lists.ts";
import type { ListOptions, LiveList } from "./lists.ts";
import type { DeliveryDetailView } from "./types.ts";

/** Of messages that this person wrote on another device no acknowledgement is in the log: while one waits it is asked again. */
const LOOK_MS = 3_000;
/** One is looked at; some are gone back to. */
const DETAILS_MAX = 8;

export interface DeliveryDetails {
  of(message: string): Readable<DeliveryDetailView>;
  heard(messages: readonly { readonly id: string }[]): void;
  /** A link, a member or a device has come or gone. */
  soon(): void;
  live(): void;
  close(): void;
}

type Detail = LiveList<DeviceDelivery, DeliveryDetailView>;

export function createDeliveryDetails(options: ListOptions): DeliveryDetails {
  const { client, host } = options;
  const details = new Map<string, Detail>();

  function create(message: string): Detail {
    let cancelLook: Cancel | null = null;
    const isSettled = (): boolean =>
      detail.items()?.every(({ state }) => state === "kept" || state === "older") === true;
    const lookLater = (): void => {
      cancelLook?.();
      cancelLook = host.after(LOOK_MS, () => {
        if (options.isOpen() && detail.view.isWatched() && !isSettled()) void detail.refresh();
      });
    };
    const detail: Detail = createList<DeviceDelivery, DeliveryDetailView>({
      ...options,
      async ask() {
        try {
          return (await client.deliveryOf(message)).items;
        } finally {
          // Also after an answer that failed: the next may tell.
          lookLater();
        }
      },
      show: ({ items, ...listing }) => ({ devices: items, ...listing }),
    });
    return {
      ...detail,
      close() {
        cancelLook?.();
        detail.close();
      },
    };
  }

  function forget(newest: string): void {
    for (const [message, detail] of details) {
      if (details.size <= DETAILS_MAX) return;
      if (message === newest || detail.view.isWatched()) continue;
      detail.close();
      details.delete(message);
    }
  }

  const forAll = (run: (detail: Detail) => void): void => {
    for (const detail of details.values()) run(detail);
  };
  return {
    of(message) {
      const known = details.get(message);
      if (known !== undefined) return known.view;
      const detail = create(message);
      details.set(message, detail);
      forget(message);
      return detail.view;
    },
    heard(messages) {
      for (const { id } of messages) details.get(id)?.soon();
    },
    soon: () => forAll((detail) => detail.soon()),
    live: () => forAll((detail) => detail.live()),
    close: () => forAll((detail) => detail.close()),
  };
}
