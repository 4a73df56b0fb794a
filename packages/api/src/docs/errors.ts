/** Which of the surface's errors a call is known to answer, from what it takes. Spec: http, HT6. */
import type { ErrorCode } from "@kith/contract";
import { bodySchema } from "./description.ts";
import type { Call } from "./description.ts";

const byName: Readonly<Record<string, readonly ErrorCode[]>> = {
  space: ["UNKNOWN_SPACE", "AMBIGUOUS_NAME"],
  channel: ["UNKNOWN_CHANNEL"],
  person: ["UNKNOWN_PERSON", "AMBIGUOUS_NAME"],
  since: ["CURSOR_UNKNOWN"],
  invite: ["UNKNOWN_INVITE"],
  link: ["LINK_INVALID"],
  text: ["TEXT_TOO_LONG"],
  passphrase: ["WRONG_PASSPHRASE", "TOO_FAST"],
  current: ["WRONG_PASSPHRASE", "PASSPHRASE_NOT_SET"],
};

const idOf: readonly (readonly [RegExp, ErrorCode])[] = [
  [/\/messages\/\{id\}/, "UNKNOWN_MESSAGE"],
  [/\/peers\/\{id\}/, "UNKNOWN_PEER"],
  [/\/devices\/\{id\}/, "UNKNOWN_DEVICE"],
  [/\/tokens\/\{id\}/, "UNKNOWN_TOKEN"],
  [/\/(?:requests|invites)\/\{id\}/, "UNKNOWN_INVITE"],
];

/** Those that follow from what is sent; what stands in the way of the act itself its description says. */
export function errorsOf({ path, operation }: Call): readonly ErrorCode[] {
  const { parameters = [] } = operation;
  const body = bodySchema(operation);
  const fields = [...parameters.map(({ name }) => name), ...Object.keys(body?.properties ?? {})];
  const found: ErrorCode[] = [];
  if (operation["x-scope"] !== "none")
    found.push("TOKEN_MISSING", "TOKEN_INVALID", "SCOPE_TOO_SMALL", "TOO_FAST");
  if (fields.length > 0 || body !== undefined) found.push("BAD_INPUT");
  if (body !== undefined) found.push("BAD_JSON", "MEDIA_TYPE", "BODY_TOO_LARGE");
  for (const field of fields) found.push(...(byName[field] ?? []));
  for (const [pattern, code] of idOf) if (pattern.test(path)) found.push(code);
  return [...new Set(found)];
}
