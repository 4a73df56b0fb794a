/** Rail, list and screen; on a phone one of them at a time. */
import type { ReactNode } from "react";
import type { Route } from "../routes.ts";
import { ConversationList } from "./list.tsx";
import { Rail } from "./rail.tsx";

export function Frame({ route, children }: { route: Route; children: ReactNode }): ReactNode {
  const isList = route.at === "home";
  const hasList = isList || route.at === "channel";
  return (
    <div className="flex h-dvh max-md:flex-col">
      <Rail route={route} />
      {hasList && (
        <aside
          aria-label="Conversations"
          className={`border-line flex min-h-0 w-full flex-col md:w-[272px] md:shrink-0 md:border-e ${isList ? "max-md:flex-1" : "max-md:hidden"}`}
        >
          <ConversationList current={route.at === "channel" ? route.channel : null} />
        </aside>
      )}
      <main className={`flex min-h-0 min-w-0 flex-1 flex-col ${isList ? "max-md:hidden" : ""}`}>
        {children}
      </main>
    </div>
  );
}
