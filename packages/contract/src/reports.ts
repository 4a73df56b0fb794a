/** Messages that members report to owners and admins of a space. */
import { z } from "zod";
import { REASON_CHARS_MAX } from "./limits.ts";
import { message } from "./messages.ts";
import { listOf, reference, time } from "./text.ts";

export const reportMessage = z
  .object({
    reason: z
      .string()
      .refine((text) => text.length <= 2 * REASON_CHARS_MAX && Array.from(text).length <= REASON_CHARS_MAX, {
        error: `is longer than ${REASON_CHARS_MAX} characters`,
      })
      .nullable()
      .exactOptional()
      .meta({ description: `Why, in a line or two: at most ${REASON_CHARS_MAX} characters.` }),
  })
  .meta({ id: "ReportMessage" });

export const reportSent = z.object({ id: z.string(), message: z.string() }).meta({ id: "ReportSent" });

export const report = z
  .object({
    id: z.string(),
    space: z.string(),
    messageId: z.string(),
    message: message.nullable().meta({
      description: "null: it is not on this device, as one of a private channel that its person is not in.",
    }),
    by: z.string(),
    byName: z.string(),
    at: time,
    reason: z.string().nullable(),
  })
  .meta({ id: "Report" });

export const reportList = listOf(report);
export const reportParams = z.object({ id: reference });

export type ReportMessage = z.infer<typeof reportMessage>;
export type ReportSent = z.infer<typeof reportSent>;
export type Report = z.infer<typeof report>;
