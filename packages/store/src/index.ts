/** Keys of data directories. The stores have entries of their own, so that one of them can be had without the other: ./memory, ./sqlite. */
export { createKeyFile, KEY_FILE_BYTES, KeyFileError, readKeyFile } from "./key-file.ts";
