/** A camera that looks for a QR code, until it is told to stop: nothing of what it sees leaves the page or is kept. */
import decodeQr from "qr/decode.js";

/** Looks in a second: a hand holds still for longer, and a phone stays cool. */
const LOOKS_PER_S = 8;
/** A code of the longest link there is has 177 modules a side: four pixels for each where the camera gives them. */
const SIDE_PIXELS_MAX = 1_280;

/** refused: by the person or the browser; none: there is no camera; busy: it does not start; lost: it went away. */
export type CameraFault = "refused" | "none" | "busy" | "lost";

export interface ScanOptions {
  readonly video: HTMLVideoElement;
  readonly signal: AbortSignal;
  onSearching(): void;
  onFault(fault: CameraFault): void;
  /** Each code that is seen. */
  onText(text: string): void;
}

/** Resolves when the camera is off again: by the signal, or since there is none. */
export async function scan({ video, signal, ...on }: ScanOptions): Promise<void> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        facingMode: { ideal: "environment" },
        width: { ideal: SIDE_PIXELS_MAX },
        height: { ideal: 720 },
      },
    });
  } catch (cause) {
    if (!signal.aborted) on.onFault(faultOf(cause));
    return;
  }
  const tracks = stream.getTracks();
  const isOver = (): boolean => signal.aborted || tracks.every(({ readyState }) => readyState === "ended");
  try {
    // It may have been closed while the browser asked.
    if (isOver()) return;
    video.srcObject = stream;
    await play(video, signal);
    if (isOver()) return;
    on.onSearching();
    const sight = document.createElement("canvas");
    while (!isOver()) {
      const text = readCode(video, sight);
      if (text !== null) on.onText(text);
      if (!isOver()) await pause(1_000 / LOOKS_PER_S, signal);
    }
    if (!signal.aborted) on.onFault("lost");
  } finally {
    for (const track of tracks) track.stop();
    video.srcObject = null;
  }
}

/** A page that is left takes the video away from under it: that is no fault. */
async function play(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  try {
    await video.play();
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

function readCode(video: HTMLVideoElement, sight: HTMLCanvasElement): string | null {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return null;
  const scale = Math.min(1, SIDE_PIXELS_MAX / Math.max(videoWidth, videoHeight));
  const width = Math.round(videoWidth * scale);
  const height = Math.round(videoHeight * scale);
  if (sight.width !== width || sight.height !== height) Object.assign(sight, { width, height });
  const context = sight.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(video, 0, 0, width, height);
  try {
    return decodeQr(context.getImageData(0, 0, width, height));
  } catch {
    // Most of what a camera sees is no code; the decoder says so by throwing.
    return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

function faultOf(cause: unknown): CameraFault {
  switch (cause instanceof Error ? cause.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    default:
      return "busy";
  }
}
