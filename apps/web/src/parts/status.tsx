/** States: never by colour alone, but by shape and words. */
import type { ReactNode } from "react";
import { sentencesOf } from "./failure.ts";

export type Level = "ok" | "warn" | "bad" | "idle";

const colours: Readonly<Record<Level, string>> = {
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
  idle: "text-muted",
};

export function Shape({ level }: { level: Level }): ReactNode {
  return (
    <svg
      viewBox="0 0 10 10"
      className={`inline-block size-2.5 shrink-0 ${colours[level]}`}
      aria-hidden="true"
    >
      {level === "ok" && <circle cx="5" cy="5" r="4.5" fill="currentColor" />}
      {level === "warn" && <path d="M5 0.8 9.6 9.2H0.4Z" fill="currentColor" />}
      {level === "bad" && <rect x="0.8" y="0.8" width="8.4" height="8.4" fill="currentColor" />}
      {level === "idle" && (
        <circle
          cx="5"
          cy="5"
          r="3.8"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2 1.6"
        />
      )}
    </svg>
  );
}

export function StatusWords({ level, children }: { level: Level; children: ReactNode }): ReactNode {
  return (
    <span className={`inline-flex items-center gap-1.5 ${colours[level]}`}>
      <Shape level={level} />
      <span>{children}</span>
    </span>
  );
}

/** Nothing here yet, and the one thing to do about it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}): ReactNode {
  return (
    <div className="grid max-w-[44ch] justify-items-start gap-2 p-5">
      <h2 className="text-[15px] font-semibold">{title}</h2>
      {children && <p className="text-muted">{children}</p>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}

export function ErrorNote({ failure }: { failure: { message: string; next: string } | null }): ReactNode {
  if (failure === null) return null;
  return (
    <p role="alert" className="bg-bad-soft text-bad rounded-lg p-3 text-[13px]">
      <span aria-hidden="true">■ </span>
      {sentencesOf(failure)}
    </p>
  );
}
