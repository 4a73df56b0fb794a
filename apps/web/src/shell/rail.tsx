/** The places of the app: a rail at the side, a bar at the bottom of a phone. */
import { Activity, MessagesSquare, Settings, Users } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { AppLink } from "../parts/link.tsx";
import type { Route } from "../routes.ts";

const places: readonly (readonly [name: string, to: Route, icon: LucideIcon, ats: readonly Route["at"][]])[] =
  [
    ["Conversations", { at: "home" }, MessagesSquare, ["home", "channel", "requests"]],
    ["People", { at: "people", space: null }, Users, ["people"]],
    ["Network", { at: "network" }, Activity, ["network"]],
    ["Settings", { at: "settings" }, Settings, ["settings"]],
  ];

export function Rail({ route }: { route: Route }): ReactNode {
  return (
    <nav
      aria-label="Kith"
      className="bg-rail border-line flex shrink-0 justify-around border-t p-2 max-md:order-last max-md:pb-[max(8px,env(safe-area-inset-bottom))] md:w-[60px] md:flex-col md:items-center md:justify-start md:gap-1.5 md:border-t-0 md:border-e"
    >
      {places.map(([name, to, Icon, ats]) => {
        const isHere = ats.includes(route.at);
        return (
          <AppLink
            key={name}
            to={to}
            aria-label={name}
            title={name}
            aria-current={isHere ? "page" : undefined}
            className={`grid size-10 place-content-center rounded-lg transition-colors ${isHere ? "bg-accent-soft text-accent" : "text-muted hover:text-text"} ${name === "Settings" ? "md:mt-auto" : ""}`}
          >
            <Icon size={19} strokeWidth={1.8} aria-hidden="true" />
          </AppLink>
        );
      })}
    </nav>
  );
}
