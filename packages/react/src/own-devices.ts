/**
 * The devices of this node's person: the list of them, the link for a new one, and becoming one by the link of another.
 * How far linking has come is in no log entry: while somebody watches it is asked for. spec/identity ID26-ID32.
 */
import { KithApiError } from "@kith/client";
import type { Device, DeviceOffer, LinkingProgress } from "@kith/contract";
import type { Readable } from "./cell.ts";
import type { Cancel } from "./host.ts";
import { createList } from "./lists.ts";
import type { ListOptions, LiveList } from "./lists.ts";
import type { DeviceOfferView, LinkingView, OfferOutcome, OwnDevicesView } from "./types.ts";

/** Steps of linking follow each other as somebody looks from one screen to the other; each look is one short answer. */
const LINK_LOOK_MS = 300;

export interface OwnDeviceViews {
  readonly ownDevices: Readable<OwnDevicesView>;
  readonly deviceOffer: Readable<DeviceOfferView>;
  readonly linking: Readable<LinkingView>;
}

export interface OwnDevices {
  readonly views: OwnDeviceViews;
  /** A device came or went. */
  soon(): void;
  /** A link to a device was made or lost. */
  heardPeer(told: { readonly id: string; readonly state?: string }, atMs: number): void;
  live(): void;
  close(): void;
}

interface OwnDevicesOptions extends ListOptions {
  /** This node is another person's from now on, whose spaces are coming. */
  readonly onLinked: () => void;
}

export function createOwnDevices(options: OwnDevicesOptions): OwnDevices {
  const lostMs = new Map<string, number>();
  const devices = createDevices(options, lostMs);
  const offer = createOffer(options, devices);
  const linking = createLinking(options);
  return {
    views: { ownDevices: devices.view, deviceOffer: offer.view, linking: linking.view },
    soon: () => devices.soon(),
    heardPeer({ id, state }, atMs) {
      // Of one's own few: what others do is of no use here.
      if (devices.items()?.some((one) => one.id === id) !== true) return devices.soon();
      if (state === "lost") lostMs.set(id, atMs);
      devices.soon();
    },
    live() {
      for (const list of [devices, offer, linking]) list.live();
    },
    close() {
      for (const list of [devices, offer, linking]) list.close();
    },
  };
}

/** lostMs: when the link to each was lost last, as far as this page was told. */
function createDevices(
  options: ListOptions,
  lostMs: ReadonlyMap<string, number>,
): LiveList<Device, OwnDevicesView> {
  const { client } = options;
  const actions = {
    async rename(device: string, name: string) {
      const renamed = await client.renameDevice(device, { name });
      list.put((list.items() ?? []).map((one) => (one.id === renamed.id ? renamed : one)));
      void list.refresh();
    },
    async remove(device: string) {
      await client.removeDevice(device);
      list.put((list.items() ?? []).filter(({ id }) => id !== device));
      void list.refresh();
    },
  };
  const list: LiveList<Device, OwnDevicesView> = createList<Device, OwnDevicesView>({
    ...options,
    ask: async () => (await client.devices()).items,
    show: ({ items, ...listing }) => ({
      devices: items.map((one) => ({ ...one, lostMs: one.connected ? null : (lostMs.get(one.id) ?? null) })),
      ...listing,
      ...actions,
    }),
  });
  return list;
}

/** Asks a list again and again, for as long as something in it is under way and somebody watches. */
function createLook(
  { host, isOpen }: Pick<ListOptions, "host" | "isOpen">,
  list: () => LiveList<unknown, unknown>,
  isUnderWay: () => boolean,
): { go(): void; cancel(): void } {
  let cancelNext: Cancel | null = null;
  const cancel = (): void => {
    cancelNext?.();
    cancelNext = null;
  };
  const go = (): void => {
    cancel();
    if (!isUnderWay() || !isOpen() || !list().view.isWatched()) return;
    // Also after an answer that failed: the next may tell.
    cancelNext = host.after(LINK_LOOK_MS, () => void list().refresh().then(go));
  };
  return { go, cancel };
}

function createOffer(
  options: ListOptions,
  devices: LiveList<Device, OwnDevicesView>,
): LiveList<DeviceOffer, DeviceOfferView> {
  const { client, host } = options;
  /** As it was last told. */
  let known: DeviceOffer | null = null;
  let outcome: OfferOutcome | null = null;
  let isCodeWrong = false;

  function show(next: DeviceOffer | null): void {
    known = next;
    list.put(next === null ? [] : [next]);
  }

  /** Its end is told by its absence alone: why is seen by what it was, and by who is there now. */
  async function findOutcome({ device, expires, state }: DeviceOffer): Promise<OfferOutcome> {
    if (device !== null) {
      const { items } = await client.devices();
      devices.put(items);
      const linked = items.find(({ id }) => id === device);
      if (linked !== undefined) return { how: "linked", device: linked };
    }
    if (isCodeWrong) return { how: "wrong-codes" };
    if (host.nowMs() >= Date.parse(expires)) return { how: "expired" };
    return { how: state === "open" ? "ended" : "gone" };
  }

  const actions = {
    async start() {
      const { qr: _, ...offer } = await client.offerDevice();
      outcome = null;
      isCodeWrong = false;
      show(offer);
      look.go();
    },
    async stop() {
      if (known !== null) await client.endDeviceOffer();
      outcome = null;
      show(null);
    },
    async confirm(code: string) {
      try {
        const device = await client.confirmDevice(code);
        outcome = { how: "linked", device };
        show(null);
        void devices.refresh();
        return device;
      } catch (error) {
        isCodeWrong = error instanceof KithApiError && error.code === "LINK_CODE_WRONG";
        // The third wrong one ends it.
        await list.refresh();
        throw error;
      }
    },
  };
  const list: LiveList<DeviceOffer, DeviceOfferView> = createList<DeviceOffer, DeviceOfferView>({
    ...options,
    async ask() {
      const before = known;
      const { items } = await client.deviceOffers();
      const [now = null] = items;
      // What was done here meanwhile says more than an answer that may be older.
      if (known !== before) return known === null ? [] : [known];
      if (before !== null && now === null) {
        const found = await findOutcome(before);
        if (known !== before) return known === null ? [] : [known];
        outcome = found;
      }
      if (now !== null && now.link !== before?.link) outcome = null;
      known = now;
      look.go();
      return items;
    },
    show: ({ items: [offer = null], ...listing }) => ({ offer, outcome, ...listing, ...actions }),
  });
  const look = createLook(
    options,
    () => list,
    () => known !== null,
  );
  return {
    ...list,
    close() {
      look.cancel();
      list.close();
    },
  };
}

const isOver = ({ step }: LinkingProgress): boolean => step === "done" || step === "failed";
/** From here on the node is the other person's device. */
const isLetIn = ({ step }: LinkingProgress): boolean => step === "receiving" || step === "done";

function createLinking(options: OwnDevicesOptions): LiveList<LinkingProgress, LinkingView> {
  const { client } = options;
  let progress: LinkingProgress | null = null;

  function notice(next: LinkingProgress | null): void {
    const wasUnderWay = progress !== null && !isLetIn(progress) && !isOver(progress);
    progress = next;
    if (next !== null && wasUnderWay && isLetIn(next)) options.onLinked();
    look.go();
  }

  async function take(link: string, name?: string): Promise<LinkingProgress> {
    // Not waited for in the node: the steps are what the person wants to see.
    const body = { link, shown: true, waitMs: 0, ...(name === undefined ? null : { name }) };
    const taken = await client.takeLink(body);
    list.put([taken]);
    notice(taken);
    return taken;
  }

  const list: LiveList<LinkingProgress, LinkingView> = createList<LinkingProgress, LinkingView>({
    ...options,
    async ask() {
      const { items } = await client.linkings();
      notice(items[0] ?? null);
      return items;
    },
    show: ({ items: [current = null], ...listing }) => ({ progress: current, ...listing, take }),
  });
  const look = createLook(
    options,
    () => list,
    () => progress !== null && !isOver(progress),
  );
  return {
    ...list,
    close() {
      look.cancel();
      list.close();
    },
  };
}
