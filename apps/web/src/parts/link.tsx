/** A link within the app: a real one, so that it can be opened in a tab of its own. */
import type { ComponentProps, ReactNode } from "react";
import { go, pathOf } from "../routes.ts";
import type { Route } from "../routes.ts";

export function AppLink({ to, onClick, ...rest }: ComponentProps<"a"> & { to: Route }): ReactNode {
  return (
    <a
      href={pathOf(to)}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0)
          return;
        event.preventDefault();
        go(to);
      }}
      {...rest}
    />
  );
}
