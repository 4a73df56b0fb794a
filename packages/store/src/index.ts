/** Keys of data directories. The stores have entries of their own, so that one of them can be had without the other: ./memory, ./sqlite. */
export {
  clearKeyDraft,
  createKeyFile,
  createLockedKeyFile,
  KeyFileError,
  lookAtKeyFile,
  readKeyFile,
  replaceKeyFile,
  unlockKeyFile,
} from "./key-file.ts";
export { KEY_FILE_BYTES } from "./wrapped-key.ts";
