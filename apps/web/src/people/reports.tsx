/** What members reported to owners and admins of a space, and what these may do about it. */
import { useReports } from "@kith/react";
import type { Report, ReportsView, Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { mayInvite } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function Reports({ space }: { readonly space: Space }): ReactNode {
  const { reports, error, ...acts } = useReports(mayInvite(space) ? space.id : null);
  if (reports.length === 0 && error === null) return null;
  return (
    <section aria-labelledby="reports" className="border-line rounded-xl border">
      <h2 id="reports" className="p-4 pb-1 text-[14px] font-semibold">
        Reports
        <span className="text-muted tabular ps-2 text-[12.5px] font-normal">{reports.length}</span>
      </h2>
      <p className="text-muted px-4 pb-3 text-[12.5px]">
        Only owners and admins of <bdi>{space.name}</bdi> can read these.
      </p>
      <ErrorNote failure={error} />
      <ul>
        {reports.map((report) => (
          <Reported key={report.id} report={report} {...acts} />
        ))}
      </ul>
    </section>
  );
}

function Reported({
  report,
  handle,
  deleteMessage,
}: { readonly report: Report } & Pick<ReportsView, "handle" | "deleteMessage">): ReactNode {
  const { id, byName, at, reason, message } = report;
  const [isSure, setSure] = useState(false);
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  return (
    <li className="border-line grid gap-2 border-t p-4" aria-label={`Report by ${byName}`}>
      <p className="text-[13px]">
        <bdi className="font-medium">{byName}</bdi> reported{" "}
        {message === null ? (
          "a message that is not on this device"
        ) : (
          <>
            a message of <bdi className="font-medium">{message.authorName}</bdi>
          </>
        )}
        <time dateTime={at} className="text-muted tabular ps-2 text-[11.5px]">
          {when.format(new Date(at))}
        </time>
      </p>
      {reason !== null && (
        <p dir="auto" className="max-w-[72ch] text-[13.5px] break-words">
          {reason}
        </p>
      )}
      {message !== null && (
        <blockquote
          dir="auto"
          className="border-line line-clamp-6 max-w-[72ch] border-s-2 ps-2 text-[13.5px] break-words whitespace-pre-wrap"
        >
          {message.text}
        </blockquote>
      )}
      <ErrorNote failure={error} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        {isSure ? (
          <>
            <p className="me-auto text-[13px]">Delete the message for everyone? Nothing brings it back.</p>
            <Button size="small" onClick={() => setSure(false)}>
              Cancel
            </Button>
            <Button
              size="small"
              look="danger"
              disabled={isBusy}
              onClick={() =>
                void attempt(async () => {
                  await deleteMessage(report);
                  announce("The message is deleted for everyone.");
                })
              }
            >
              Delete
            </Button>
          </>
        ) : (
          <>
            {message !== null && (
              <Button size="small" look="quiet" onClick={() => setSure(true)}>
                Delete message…
              </Button>
            )}
            <Button
              size="small"
              disabled={isBusy}
              onClick={() =>
                void attempt(async () => {
                  await handle(id);
                  announce("The report is handled.");
                })
              }
            >
              Mark as handled
            </Button>
          </>
        )}
      </div>
    </li>
  );
}
