/** A chosen image as a small square that everybody gets: 128 pixels, at most 16 KiB, without what a camera writes into it. */

const SIDE_PX = 128;
/** As the node takes it. */
const BYTES_MAX = 16_384;
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35];

/** Why a file makes no picture, and what to do. */
export class PictureFault {
  readonly words: string;
  constructor(words: string) {
    this.words = words;
  }
}

/** In base64. */
export async function toPicture(file: Blob): Promise<string | PictureFault> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    return new PictureFault("This file is no picture that your browser can read. Choose another one.");
  }
  const side = Math.min(image.width, image.height);
  const canvas = new OffscreenCanvas(SIDE_PX, SIDE_PX);
  const context = canvas.getContext("2d");
  if (context === null)
    return new PictureFault("Your browser cannot make the picture smaller. Choose one of at most 16 KiB.");
  // What is transparent would be black in a JPEG.
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE_PX, SIDE_PX);
  const [left, top] = [(image.width - side) / 2, (image.height - side) / 2];
  context.drawImage(image, left, top, side, side, 0, 0, SIDE_PX, SIDE_PX);
  image.close();
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size <= BYTES_MAX) return toBase64(new Uint8Array(await blob.arrayBuffer()));
  }
  return new PictureFault("This picture does not fit into 16 KiB. Choose a plainer one.");
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
