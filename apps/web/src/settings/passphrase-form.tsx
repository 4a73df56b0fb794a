/** Setting, changing and removing the passphrase, each with what it means. */
import { useId, useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { Button } from "../parts/buttons.tsx";
import { SecretField } from "../parts/secret-field.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { describeStrength, PASSPHRASE_CHARS_MIN } from "./strength.ts";

export type PassphraseAct = "set" | "change" | "remove" | "remember";
type State = Awaited<ReturnType<typeof client.passphrase>>;

const submits: Readonly<Record<PassphraseAct, string>> = {
  set: "Set passphrase",
  change: "Change passphrase",
  remove: "Remove passphrase",
  remember: "Open by itself",
};

export function PassphraseForm({
  act,
  onDone,
}: {
  act: PassphraseAct;
  onDone: (state: State, words: string) => void;
}): ReactNode {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [isKnown, setKnown] = useState(false);
  const { isBusy, error, attempt } = useAttempt();
  const knownId = useId();
  const differs = again !== "" && again !== next;
  const takesNew = act === "set" || act === "change";
  const hasNew = next.length >= PASSPHRASE_CHARS_MIN && again === next;
  const isReady = (act === "set" || current !== "") && (!takesNew || hasNew) && (act !== "set" || isKnown);

  async function submit(): Promise<void> {
    if (act === "remove") onDone(await client.removePassphrase(current), "Passphrase removed");
    else if (act === "remember")
      onDone(await client.changePassphrase({ keychain: true, current }), "It opens by itself from now on");
    else if (act === "set") onDone(await client.changePassphrase({ passphrase: next }), "Passphrase set");
    else onDone(await client.changePassphrase({ passphrase: next, current }), "Passphrase changed");
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(submit);
      }}
    >
      {act === "remove" && (
        <p className="text-muted text-[13px]">
          Without it the key to this device’s store lies beside it again: whoever can use your account on this
          computer, or takes the disk, can read what is here.
        </p>
      )}
      {act === "remember" && (
        <p className="text-muted text-[13px]">
          The key goes into the keychain of this computer. While you are logged in, Kith starts without
          asking; so whoever can use your login can start it, too. Who only takes the disk cannot. Once you
          lock Kith, it asks for the passphrase as before.
        </p>
      )}
      {act !== "set" && (
        <SecretField
          label={act === "change" ? "Passphrase until now" : "Passphrase"}
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
      )}
      {takesNew && (
        <>
          <div className="grid gap-1.5">
            <SecretField
              label="New passphrase"
              hint="Four or five words that have nothing to do with each other are easy to keep and hard to guess."
              autoComplete="new-password"
              value={next}
              onChange={setNext}
            />
            <StrengthWords passphrase={next} />
          </div>
          <SecretField
            label="New passphrase, again"
            autoComplete="new-password"
            value={again}
            error={differs ? "The two are not the same." : null}
            onChange={setAgain}
          />
        </>
      )}
      {act === "set" && (
        <label htmlFor={knownId} className="flex cursor-pointer gap-2.5 text-[13px]">
          <input
            id={knownId}
            type="checkbox"
            className="accent-accent mt-0.5 size-4 shrink-0"
            checked={isKnown}
            onChange={(event) => setKnown(event.target.checked)}
          />
          <span>
            I have kept a copy of it. If it is lost, nobody can read again what is on this device, me
            included.
          </span>
        </label>
      )}
      <ErrorNote failure={error} />
      <div>
        <Button type="submit" look={act === "remove" ? "danger" : "primary"} disabled={isBusy || !isReady}>
          {isBusy ? "One moment…" : submits[act]}
        </Button>
      </div>
    </form>
  );
}

function StrengthWords({ passphrase }: { passphrase: string }): ReactNode {
  const strength = describeStrength(passphrase);
  return (
    <p aria-live="polite" className="min-h-5 text-[12.5px]">
      {strength !== null && <StatusWords level={strength.level}>{strength.words}</StatusWords>}
    </p>
  );
}
