/** Forms of requests and answers over HTTP that the library knows and this surface does not have, or refuses without a word. Spec: http, HT6, HT40. */
import { ApiFault } from "../fault.ts";

/** JSON and server-sent events are what there is (HT40): of other forms that the library knows none is offered. */
export function acceptable(accept: string): string {
  const forms = accept.split(",").filter((form) => !/^\s*multipart\//i.test(form));
  return forms.length === 0 ? "multipart/none" : forms.join(",");
}

/** Of a query in the address: the library takes what is no JSON there for a fault of its own. Throws BAD_JSON. */
export function checkAddress(url: string): void {
  const given = new URL(url).searchParams;
  for (const name of ["variables", "extensions"]) {
    const text = given.get(name);
    try {
      if (text !== null && text !== "") JSON.parse(text);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new ApiFault("BAD_JSON", `${name} is not JSON`, "check it with a JSON tool and send it again");
    }
  }
}

/** Refusals that the library answers with nothing but a status. */
export function explain(status: number): ApiFault | null {
  if (status === 415)
    return new ApiFault(
      "MEDIA_TYPE",
      "only JSON is understood here",
      "send the body with Content-Type: application/json",
    );
  if (status === 406)
    return new ApiFault(
      "BAD_REQUEST",
      "answers are JSON, or server-sent events where an operation goes on",
      "send Accept: application/json, or text/event-stream for a subscription",
    );
  return null;
}
