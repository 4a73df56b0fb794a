export {
  BOX_BYTES,
  boxInfo,
  boxName,
  createEpochSecrets,
  openBox,
  readerBoxName,
  sealBoxes,
} from "./boxes.ts";
export type { BoxBinding, SealedBox } from "./boxes.ts";
export { openReport, sealReport } from "./reports.ts";
export type { ReportContent, ReportPlace } from "./reports.ts";
export { chooseEpoch } from "./choose-epoch.ts";
export type { EpochChoice, EpochInfo } from "./choose-epoch.ts";
export { createEpochBook, mayLink } from "./epoch-book.ts";
export type { EpochAnnouncement, EpochBook, EpochFacts } from "./epoch-book.ts";
