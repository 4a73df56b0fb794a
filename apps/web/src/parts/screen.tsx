/** A screen that is read from top to bottom. */
import type { ReactNode } from "react";

export function Screen({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto grid grid-cols-1 max-w-[920px] gap-5 p-6 max-md:p-4">
        <header>
          <h1 className="text-[20px] font-semibold">{title}</h1>
          {lead !== undefined && <p className="text-muted">{lead}</p>}
        </header>
        {children}
      </div>
    </div>
  );
}
