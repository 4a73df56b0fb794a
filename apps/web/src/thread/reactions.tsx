/** Reactions to a message: those there are, and a way to add one. */
import { Popover } from "@base-ui/react/popover";
import type { MessageWindow, Row } from "@kith/react";
import { SmilePlus } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { emoji, quick } from "./emoji.ts";

type React = Pick<MessageWindow, "react" | "unreact">;

function toggle(row: Row, symbol: string, { react, unreact }: React): void {
  if (row.id === null) return;
  const mine = row.reactions.find((reaction) => reaction.emoji === symbol)?.mine === true;
  if (mine) unreact(row.id, symbol);
  else react(row.id, symbol);
}

const pill = "tabular inline-flex h-6 items-center gap-1.5 rounded-full border px-2 text-[12px]";

/** Without `how` they are only shown: a reader may not add one. */
export function Reactions({ row, how }: { row: Row; how: React | null }): ReactNode {
  if (row.reactions.length === 0) return null;
  return (
    <ul aria-label="Reactions" className="mt-1 flex flex-wrap gap-1.5">
      {row.reactions.map((reaction) => (
        <li key={reaction.emoji}>
          {how === null ? (
            <span
              role="img"
              aria-label={`${reaction.emoji}, ${reaction.people.length}`}
              className={`${pill} border-line`}
            >
              <span>{reaction.emoji}</span>
              <span>{reaction.people.length}</span>
            </span>
          ) : (
            <button
              type="button"
              tabIndex={-1}
              data-control
              aria-pressed={reaction.mine}
              aria-label={`${reaction.emoji}, ${reaction.people.length}`}
              onClick={() => toggle(row, reaction.emoji, how)}
              className={`${pill} ${reaction.mine ? "border-accent bg-accent-soft" : "border-line hover:bg-rail"}`}
            >
              <span>{reaction.emoji}</span>
              <span>{reaction.people.length}</span>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

export function ReactMenu({ row, how }: { row: Row; how: React }): ReactNode {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const found = emoji.filter(([, name]) => name.includes(query.trim().toLowerCase()));
  const pick = (symbol: string): void => {
    toggle(row, symbol, how);
    setOpen(false);
    setQuery("");
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        tabIndex={-1}
        data-control
        aria-label="React"
        title="React"
        className="text-muted hover:text-text hover:bg-rail grid size-7 place-content-center rounded-md pointer-coarse:size-10"
      >
        <SmilePlus size={15} aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup
            aria-label="Reactions to choose from"
            className="bg-bg border-line z-10 w-[268px] rounded-lg border p-2"
          >
            <div className="mb-2 flex justify-between">
              {quick.map((symbol) => (
                <EmojiButton key={symbol} symbol={symbol} name={nameOf(symbol)} onPick={pick} />
              ))}
            </div>
            <input
              aria-label="Find a reaction"
              placeholder="Find a reaction"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              className="border-line bg-raised mb-2 min-h-8 w-full rounded-md border px-2 text-[13px]"
            />
            <div className="grid max-h-40 grid-cols-6 overflow-y-auto">
              {found.map(([symbol, name]) => (
                <EmojiButton key={symbol} symbol={symbol} name={name} onPick={pick} />
              ))}
            </div>
            {found.length === 0 && <p className="text-muted p-1 text-[12.5px]">Nothing of that name.</p>}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const nameOf = (symbol: string): string => emoji.find(([one]) => one === symbol)?.[1] ?? symbol;

function EmojiButton({
  symbol,
  name,
  onPick,
}: {
  symbol: string;
  name: string;
  onPick: (symbol: string) => void;
}): ReactNode {
  return (
    <button
      type="button"
      aria-label={name}
      title={name}
      onClick={() => onPick(symbol)}
      className="hover:bg-rail grid size-9 place-content-center rounded-md text-[17px]"
    >
      {symbol}
    </button>
  );
}
