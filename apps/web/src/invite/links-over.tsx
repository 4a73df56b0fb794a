/** The links of a space that let nobody in any more, and why: who asks "mine does not work" is answered here. */
import type { Invite } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { grantWords, overWords } from "./invite-words.ts";

/** The last are asked about; a space that is years old has hundreds. */
const SHOWN_FIRST = 5;

export function LinksOver({
  invites,
  nowMs,
}: {
  readonly invites: readonly Invite[];
  readonly nowMs: number;
}): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const over = invites.flatMap((invite) => {
    const why = overWords(invite, nowMs);
    return why === null ? [] : [{ id: invite.id, grant: grantWords(invite), why }];
  });
  if (over.length === 0) return null;
  const shown = over.toReversed().slice(0, isWhole ? over.length : SHOWN_FIRST);
  return (
    <section aria-labelledby="over" className="border-line text-muted border-t pt-3 text-[13px]">
      <h3 id="over" className="font-semibold">
        Links that no longer work
      </h3>
      <ul className="grid gap-1.5 pt-2">
        {shown.map(({ id, grant, why }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-2">
            <span>{grant}</span> <span>{why}</span>
          </li>
        ))}
      </ul>
      {shown.length < over.length && (
        <Button size="small" look="quiet" className="mt-1.5" onClick={() => setWhole(true)}>
          Show {over.length - shown.length} more
        </Button>
      )}
    </section>
  );
}
