/** A refused commit in words for a person. */
import { StoreError } from "@kith/core";
import { ServiceError } from "./service.ts";

export function toServiceError(cause: unknown): ServiceError {
  if (cause instanceof StoreError && cause.code === "STORE_FULL") {
    return new ServiceError(
      "DISK_FULL",
      "The disk is full: nothing was saved.",
      "Free some space on this device and try again.",
      { cause },
    );
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError(
    "STORE_FAILED",
    `Saving failed: ${detail}`,
    "Run `kith doctor`; nothing was lost that had been confirmed.",
    { cause },
  );
}
