/** Packing of answers. */
export { addPacking } from "./answers.ts";
export { negotiatePacking } from "./negotiate.ts";
export type { Packing } from "./negotiate.ts";
