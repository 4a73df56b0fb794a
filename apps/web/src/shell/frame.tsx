/** Rail, list and screen; on a phone one of them at a time. What is wrong is told once, wherever one is. */
import type { ReactNode } from "react";
import { useIsWide } from "../parts/use-wide.ts";
import type { Route } from "../routes.ts";
import { ConnectionBanner } from "./banner.tsx";
import { ConversationList } from "./list.tsx";
import { Rail } from "./rail.tsx";

export function Frame({ route, children }: { route: Route; children: ReactNode }): ReactNode {
  const isWide = useIsWide();
  const isList = route.at === "home";
  const hasList = isList || route.at === "channel";
  const isToldInList = isList || (hasList && isWide);
  return (
    <div className="flex h-dvh max-md:flex-col">
      <Rail route={route} />
      {hasList && (
        <aside
          aria-label="Conversations"
          className={`border-line flex min-h-0 w-full flex-col md:w-[272px] md:shrink-0 md:border-e ${isList ? "max-md:flex-1" : "max-md:hidden"}`}
        >
          <ConversationList
            current={route.at === "channel" ? route.channel : null}
            banner={isToldInList && <ConnectionBanner />}
          />
        </aside>
      )}
      <main className={`flex min-h-0 min-w-0 flex-1 flex-col ${isList ? "max-md:hidden" : ""}`}>
        {!isToldInList && <ConnectionBanner />}
        {children}
      </main>
    </div>
  );
}

/** A screen without rail and list: joining, and the first steps. */
export function BareFrame({ children }: { children: ReactNode }): ReactNode {
  return (
    <div className="flex h-dvh flex-col">
      <ConnectionBanner />
      <div className="min-h-0 flex-1">{children}</div>
    </div>
  );
}
