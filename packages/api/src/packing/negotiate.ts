/** Which packing an asker takes best, from its Accept-Encoding. RFC 9110 §12.5.3. */

export type Packing = "br" | "gzip";

/** Parts of the header that are looked at: a browser sends four. */
const PARTS_MAX = 16;
/** Best first, where the asker likes them alike. */
const known: readonly Packing[] = ["br", "gzip"];

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const text = /^\s*q\s*=\s*([\d.]{1,5})\s*$/i.exec(parameter)?.[1];
    if (text === undefined) continue;
    // What is no weight of the grammar is none: then nothing is packed for it.
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
  }
  return parameters.some((parameter) => /^\s*q\b/i.test(parameter)) ? 0 : 1;
}

/** null: send it as it is. `among` are the packings there are of it. */
export function negotiatePacking(
  header: string | undefined,
  among: readonly Packing[] = known,
): Packing | null {
  const weights = new Map<string, number>();
  for (const part of (header ?? "").split(",", PARTS_MAX)) {
    const [name = "", ...parameters] = part.split(";");
    const coding = name.trim().toLowerCase();
    if (!weights.has(coding)) weights.set(coding, weightOf(parameters));
  }
  const weigh = (packing: Packing): number => weights.get(packing) ?? weights.get("*") ?? 0;
  let best: Packing | null = null;
  for (const packing of known)
    if (among.includes(packing) && weigh(packing) > (best === null ? 0 : weigh(best))) best = packing;
  return best;
}
