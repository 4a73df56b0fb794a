/** The page that describes the surface. */
import { z } from "zod";
import { SEARCH_CHARS_MAX } from "./limits.ts";

export const docsQuery = z.object({
  q: z
    .string()
    .max(SEARCH_CHARS_MAX, `is longer than ${SEARCH_CHARS_MAX} characters`)
    .exactOptional()
    .meta({ description: "Only calls that hold all these words, in path, texts, fields or scope." }),
});
