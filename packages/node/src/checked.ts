/** Input of people, checked by core's rules. */
import { CoreError } from "@kith/core";
import { ServiceError } from "./service.ts";

/** Turns core's refusal of a person's input into the service's. */
export function checked<Value>(check: () => Value): Value {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    const code = cause.code === "TEXT_TOO_LONG" ? "TEXT_TOO_LONG" : "BAD_INPUT";
    throw new ServiceError(code, cause.message, "Change it and try again.", { cause });
  }
}
