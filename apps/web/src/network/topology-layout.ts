/** Where the devices stand in the picture of the network: this one in the middle, the others around it. Pure. */

export interface Linked {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly path: string;
  readonly rttMs: number | null;
}

export interface Spot extends Linked {
  readonly x: number;
  readonly y: number;
  readonly isDirect: boolean;
  /** Thicker is faster. */
  readonly width: number;
  /** Halfway along the line, for its label. */
  readonly labelX: number;
  readonly labelY: number;
}

/** More would hide each other; the table below the picture has them all. */
export const SPOTS_MAX = 12;
export const WIDTH = 600;
export const HEIGHT = 340;
const CENTRE = { x: WIDTH / 2, y: HEIGHT / 2 };
const RADIUS = { x: 220, y: 120 };

export function layOut(devices: readonly Linked[]): readonly Spot[] {
  const shown = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, SPOTS_MAX);
  return shown.map((device, index) => {
    // From the top, and never quite upright, so that no label stands on a line.
    const angle = -Math.PI / 2 + (index + 0.15) * ((2 * Math.PI) / shown.length);
    const x = Math.round(CENTRE.x + RADIUS.x * Math.cos(angle));
    const y = Math.round(CENTRE.y + RADIUS.y * Math.sin(angle));
    return {
      ...device,
      x,
      y,
      isDirect: device.path === "lan" || device.path === "direct",
      width: widthOf(device.rttMs),
      labelX: Math.round((CENTRE.x + x) / 2),
      labelY: Math.round((CENTRE.y + y) / 2),
    };
  });
}

function widthOf(rttMs: number | null): number {
  if (rttMs === null) return 1.5;
  return rttMs < 5 ? 3.5 : rttMs < 50 ? 2.5 : 1.5;
}

export function roundTrip(rttMs: number | null): string {
  if (rttMs === null) return "not measured";
  return rttMs < 10 ? `${rttMs.toFixed(1)} ms` : `${Math.round(rttMs)} ms`;
}
