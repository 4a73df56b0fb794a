/** The page's own way to its node: signed in by the cookie. */
import { createKithClient } from "@kith/client";

export const client = createKithClient({ url: location.origin });
