/**
 * Where the devices stand in the picture of the network, in pixels of the page so that its words keep their size.
 * Where there is room this device is in the middle and the others around it, each with its words on the far side
 * of its line; on a phone they stand below each other, words to the right of all lines. Pure.
 */

export interface Linked {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly path: string | null;
  readonly rttMs: number | null;
}

export interface Spot<Device extends Linked = Linked> {
  readonly device: Device;
  readonly x: number;
  readonly y: number;
  readonly isDirect: boolean;
  /** Thicker is faster. */
  readonly width: number;
  /** Two lines of words: the name at this baseline, what its link is like LINE_PX below. */
  readonly textX: number;
  readonly textY: number;
  readonly anchor: "start" | "middle" | "end";
  /** The name, as much of it as there is room for. */
  readonly label: string;
}

export interface Picture<Device extends Linked = Linked> {
  readonly width: number;
  readonly height: number;
  readonly hub: { readonly x: number; readonly y: number };
  readonly spots: readonly Spot<Device>[];
}

/** More would hide each other; the table below the picture has them all. */
export const SPOTS_MAX = 12;
export const LINE_PX = 16;
export const SPOT_PX = 9;
export const HUB_PX = 13;
/** A wider picture would only draw its lines out. */
const WIDTH_MAX = 680;
/** Narrower than this there is no room for words on both sides. */
const ROUND_PX_MIN = 520;
const ROW_PX = 44;
const GAP_PX = 7;
/** A longer name is cut in the picture; the table has all of it. */
const LABEL_CHARS_MAX = 24;
/** Of the widest usual letters at 12 px. */
export const CHAR_PX = 7.4;
/** The room that is kept for a name on either side. */
const LABEL_PX_MAX = LABEL_CHARS_MAX * CHAR_PX;

export function layOut<Device extends Linked>(devices: readonly Device[], room: number): Picture<Device> {
  const shown = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, SPOTS_MAX);
  const width = Math.max(200, Math.min(WIDTH_MAX, Math.floor(room)));
  return width < ROUND_PX_MIN ? layOutRows(shown, width) : layOutRound(shown, width);
}

function layOutRows<Device extends Linked>(shown: readonly Device[], width: number): Picture<Device> {
  const height = Math.max(2, shown.length) * ROW_PX + 8;
  const x = Math.round(width * 0.3);
  const textX = x + SPOT_PX + GAP_PX;
  const spots = shown.map((device, index) => {
    const y = Math.round(height / 2 + (index - (shown.length - 1) / 2) * ROW_PX);
    return spotOf(device, { x, y, textX, textY: y - 3, anchor: "start", room: width - textX });
  });
  return { width, height, hub: { x: HUB_PX + 4, y: Math.round(height / 2) }, spots };
}

function layOutRound<Device extends Linked>(shown: readonly Device[], width: number): Picture<Device> {
  const height = 360;
  const hub = { x: Math.round(width / 2), y: height / 2 };
  const radius = {
    x: width / 2 - LABEL_PX_MAX - SPOT_PX - GAP_PX,
    y: height / 2 - 2 * LINE_PX - SPOT_PX - 10,
  };
  const spots = shown.map((device, index) => {
    // From the top, and never quite upright.
    const angle = -Math.PI / 2 + (index + 0.15) * ((2 * Math.PI) / shown.length);
    const [across, down] = [Math.cos(angle), Math.sin(angle)];
    const x = Math.round(hub.x + radius.x * across);
    const y = Math.round(hub.y + radius.y * down);
    const beside = SPOT_PX + GAP_PX;
    if (Math.abs(across) > 0.3) {
      const anchor = across > 0 ? "start" : "end";
      const textX = x + (across > 0 ? beside : -beside);
      return spotOf(device, { x, y, textX, textY: y - 3, anchor, room: LABEL_PX_MAX });
    }
    const textY = down < 0 ? y - SPOT_PX - GAP_PX - LINE_PX : y + SPOT_PX + GAP_PX + 9;
    return spotOf(device, { x, y, textX: x, textY, anchor: "middle", room: LABEL_PX_MAX });
  });
  return { width, height, hub, spots };
}

function spotOf<Device extends Linked>(
  device: Device,
  { room, ...place }: Pick<Spot, "x" | "y" | "textX" | "textY" | "anchor"> & { readonly room: number },
): Spot<Device> {
  const chars = Math.min(LABEL_CHARS_MAX, Math.floor(room / CHAR_PX));
  const letters = Array.from(device.name);
  return {
    device,
    ...place,
    isDirect: device.path === "lan" || device.path === "direct",
    width: widthOf(device.rttMs),
    label: letters.length > chars ? `${letters.slice(0, chars - 1).join("")}…` : device.name,
  };
}

function widthOf(rttMs: number | null): number {
  if (rttMs === null) return 1.5;
  return rttMs < 5 ? 3.5 : rttMs < 50 ? 2.5 : 1.5;
}

export function roundTrip(rttMs: number | null): string {
  if (rttMs === null) return "not measured";
  return rttMs < 10 ? `${rttMs.toFixed(1)} ms` : `${Math.round(rttMs)} ms`;
}
