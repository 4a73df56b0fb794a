/** The surface as a page. Loaded when somebody asks for it. */
export type { Description } from "./description.ts";
export { renderDocs } from "./page.ts";
export { docsPolicy } from "./style.ts";
