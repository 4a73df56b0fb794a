/** After what time messages of a channel disappear: a sign in its head, and for who may the choice behind it. spec/space SP130-SP132. */
import { useSpaces } from "@kith/react";
import type { Conversation } from "@kith/react";
import { Timer } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Select, TextField } from "../parts/fields.tsx";
import { mayInvite, mayWrite } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { disappearsWords, lifetimeShort, lifetimeWords } from "./expiry-words.ts";
import { useSpaceOf } from "./use-space.ts";

/** Nothing where messages stay and one could not change that. */
export function ExpirySign({ conversation }: { readonly conversation: Conversation }): ReactNode {
  const { space, channel, name, role, state } = conversation;
  const [isChoosing, setChoosing] = useState(false);
  const seconds = useSpaceOf(space)?.channels.find(({ id }) => id === channel)?.expiry ?? null;
  const standing = { role: state === "ready" ? role : null };
  const mayChoose = conversation.private ? mayWrite(standing) : mayInvite(standing);
  const words = seconds === null ? null : lifetimeWords(seconds);
  if (!mayChoose)
    return words === null ? null : (
      <p className="text-muted flex shrink-0 items-center gap-1 px-1.5 text-[12.5px] whitespace-nowrap">
        <Timer size={15} aria-hidden="true" />
        <span className="sr-only">Messages here disappear after</span>
        <Lifetime seconds={seconds} />
      </p>
    );
  return (
    <>
      <button
        type="button"
        title={words === null ? "Disappearing messages" : `Messages disappear after ${words}`}
        className="text-muted hover:text-text hover:bg-rail flex h-9 min-w-9 shrink-0 items-center justify-center gap-1 rounded-lg px-1.5 text-[12.5px] whitespace-nowrap transition-colors"
        onClick={() => setChoosing(true)}
      >
        <Timer size={17} aria-hidden="true" />
        <span className="sr-only">
          {words === null ? `Let messages in ${name} disappear` : "Change: messages here disappear after"}
        </span>
        <Lifetime seconds={seconds} />
      </button>
      {isChoosing && (
        <ExpiryDialog conversation={conversation} seconds={seconds} onClose={() => setChoosing(false)} />
      )}
    </>
  );
}

/** Short where the head is: the channel's name needs the room. */
function Lifetime({ seconds }: { readonly seconds: number | null }): ReactNode {
  return (
    seconds !== null && (
      <>
        <span className="max-md:hidden">{lifetimeWords(seconds)}</span>
        <span className="md:hidden">{lifetimeShort(seconds)}</span>
      </>
    )
  );
}

const presets = [null, 3_600, 86_400, 604_800, 2_419_200] as const;
const OTHER = "other";
const units = [
  ["60", "minutes"],
  ["3600", "hours"],
  ["86400", "days"],
] as const;
const LIFETIME_S_MAX = 31_536_000;

function ExpiryDialog({
  conversation,
  seconds,
  onClose,
}: {
  readonly conversation: Conversation;
  readonly seconds: number | null;
  onClose(): void;
}): ReactNode {
  const { space, channel, name } = conversation;
  const { setExpiry } = useSpaces();
  const announce = useAnnounce();
  const isPreset = (presets as readonly (number | null)[]).includes(seconds);
  const [choice, setChoice] = useState(isPreset ? String(seconds) : OTHER);
  const [unit, setUnit] = useState(() => unitOf(seconds));
  const [count, setCount] = useState(seconds === null ? "" : String(seconds / Number(unitOf(seconds))));
  const { isBusy, error, attempt } = useAttempt();
  const other = /^\d{1,6}$/.test(count.trim()) ? Number(count) * Number(unit) : 0;
  const wanted = choice === OTHER ? other : choice === "null" ? null : Number(choice);
  const isWrong = wanted !== null && (wanted < 60 || wanted > LIFETIME_S_MAX);
  const [isTold, setTold] = useState(false);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Disappearing messages">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTold(true);
          if (isWrong) return;
          void attempt(async () => {
            await setExpiry(space, channel, wanted);
            announce(
              wanted === null
                ? `What is posted in ${name} stays, from now on.`
                : `What is posted in ${name} disappears after ${lifetimeWords(wanted)}, from now on.`,
            );
            onClose();
          });
        }}
      >
        <Select
          label="Messages disappear after"
          value={choice}
          onChange={(event) => setChoice(event.target.value)}
          options={[
            ...presets.map(
              (each) => [String(each), each === null ? "Off: they stay" : lifetimeWords(each)] as const,
            ),
            [OTHER, "Another time"],
          ]}
        />
        {choice === OTHER && (
          <div className="grid grid-cols-2 items-start gap-3">
            <TextField
              label="How many"
              inputMode="numeric"
              autoComplete="off"
              value={count}
              onChange={(event) => setCount(event.target.value)}
              error={isTold && isWrong ? "A whole number: a minute to a year." : null}
            />
            <Select
              label="Unit"
              value={unit}
              onChange={(event) => setUnit(event.target.value)}
              options={units}
            />
          </div>
        )}
        <p className="text-[13px]">
          It holds for what anybody posts in <bdi>{name}</bdi> from now on: it goes from every device, each by
          its own clock. What is here already stays as it is.
        </p>
        <p className="text-muted text-[12.5px]">
          It keeps things tidy and is no lock: who wants to keep a text can copy it.
        </p>
        <ErrorNote failure={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isBusy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The largest that says it exactly. */
function unitOf(seconds: number | null): string {
  return units.toReversed().find(([size]) => (seconds ?? 1) % Number(size) === 0)?.[0] ?? "86400";
}

/** Beside a message's text. */
export function ExpiryMark({ expiresMs }: { readonly expiresMs: number }): ReactNode {
  const words = disappearsWords(expiresMs);
  return (
    <span title={words} className="ms-1.5">
      <Timer size={12} role="img" aria-label={words} className="text-muted inline align-baseline" />
    </span>
  );
}
