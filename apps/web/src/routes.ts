/** Where the page is: addresses as values, over the browser's own history. */
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly at: "home" }
  | { readonly at: "channel"; readonly channel: string }
  | { readonly at: "people"; readonly space: string | null }
  | { readonly at: "requests" }
  | { readonly at: "network" }
  | { readonly at: "settings" }
  | { readonly at: "join"; readonly link: string | null };

export function parsePath(path: string, hash = ""): Route {
  const [, first = "", second = ""] = path.split("/");
  switch (first) {
    case "c":
      return second === "" ? { at: "home" } : { at: "channel", channel: decodeURIComponent(second) };
    case "people":
      return { at: "people", space: second === "" ? null : decodeURIComponent(second) };
    case "nearby":
      return { at: "people", space: null };
    case "requests":
      return { at: "requests" };
    case "network":
      return { at: "network" };
    case "settings":
      return { at: "settings" };
    case "join":
      return { at: "join", link: hash.length > 1 ? `kith://join${hash}` : null };
    default:
      return { at: "home" };
  }
}

export function pathOf(route: Route): string {
  switch (route.at) {
    case "home":
      return "/";
    case "channel":
      return `/c/${encodeURIComponent(route.channel)}`;
    case "people":
      return route.space === null ? "/people/" : `/people/${encodeURIComponent(route.space)}`;
    case "requests":
    case "network":
    case "settings":
    case "join":
      return `/${route.at}`;
    default:
      return route satisfies never;
  }
}

const listeners = new Set<() => void>();
let current = parsePath(location.pathname, location.hash);

function arrive(): void {
  current = parsePath(location.pathname, location.hash);
  for (const listener of listeners) listener();
}

addEventListener("popstate", arrive);

export function go(route: Route, { replace = false } = {}): void {
  const path = pathOf(route);
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  current = route;
  for (const listener of listeners) listener();
}

export function useRoute(): Route {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
