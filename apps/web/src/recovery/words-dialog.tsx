/** The 24 words: a warning, the words to write down, and three of them to prove that they are. */
import { useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { pickPlaces } from "./pick-places.ts";
import { putRecovery } from "./use-recovery.ts";

export function WordsDialog({ onClose }: { onClose(): void }): ReactNode {
  const [words, setWords] = useState<readonly string[] | null>(null);
  const [places, setPlaces] = useState<readonly number[] | null>(null);
  const { isBusy, error, attempt } = useAttempt();
  const isChecking = words !== null && places !== null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={isChecking ? "Three of your words" : "Your 24 words"}
    >
      <div className="grid gap-4">
        <ErrorNote failure={error} />
        {words === null ? (
          <>
            <p className="text-[13.5px]">
              Whoever has these words is you: they can write in your name and end your devices. See that
              nobody looks on, and have paper at hand.
            </p>
            <p className="text-muted text-[12.5px]">
              Do not photograph them, and do not put them into a file.
            </p>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>Not now</Button>
              <Button
                look="primary"
                disabled={isBusy}
                onClick={() => void attempt(async () => setWords((await client.recoveryWords()).words))}
              >
                Show the words
              </Button>
            </div>
          </>
        ) : isChecking ? (
          <CheckForm places={places} onBack={() => setPlaces(null)} onClose={onClose} />
        ) : (
          <>
            <ol className="tabular grid list-none grid-cols-3 gap-x-4 gap-y-1.5 text-[14px] max-sm:grid-cols-2">
              {words.map((word, at) => (
                // A word may come twice: its place is what it is known by.
                // oxlint-disable-next-line react/no-array-index-key
                <li key={at} className="border-line flex gap-2 border-b pb-1">
                  <span className="text-muted w-6 text-end">{at + 1}.</span>
                  <span translate="no" className="font-medium">
                    {word}
                  </span>
                </li>
              ))}
            </ol>
            <div className="flex justify-end">
              <Button look="primary" onClick={() => setPlaces(pickPlaces(words.length))}>
                I have written them down
              </Button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}

function CheckForm({
  places,
  onBack,
  onClose,
}: {
  readonly places: readonly number[];
  onBack(): void;
  onClose(): void;
}): ReactNode {
  const announce = useAnnounce();
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const { isBusy, error, attempt } = useAttempt();
  const isFull = places.every((at) => (typed[at] ?? "").trim() !== "");
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(async () => {
          const words = places.map((at) => ({ at, word: (typed[at] ?? "").trim() }));
          putRecovery(await client.checkRecoveryWords({ words }));
          announce("They are the words. Keep the paper safe.");
          onClose();
        });
      }}
    >
      <p className="text-muted text-[12.5px]">From your paper, to be sure that it says what it should.</p>
      {places.map((at, index) => (
        <TextField
          key={at}
          label={`Word ${at}`}
          value={typed[at] ?? ""}
          autoFocus={index === 0}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          onChange={(event) => {
            const { value } = event.target;
            setTyped((before) => ({ ...before, [at]: value }));
          }}
        />
      ))}
      <ErrorNote failure={error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Show them again</Button>
        <Button type="submit" look="primary" disabled={!isFull || isBusy}>
          Check
        </Button>
      </div>
    </form>
  );
}
