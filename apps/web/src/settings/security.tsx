/** The passphrase of this device: whether there is one, what that means, and when the node locks itself. */
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { toFailure } from "../parts/failure.ts";
import { Select } from "../parts/fields.tsx";
import { ErrorNote, Shape, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { PassphraseForm } from "./passphrase-form.tsx";
import type { PassphraseAct } from "./passphrase-form.tsx";

type State = Awaited<ReturnType<typeof client.passphrase>>;

const NEVER = "never";
const times = [
  [NEVER, "Never"],
  ["5", "After 5 minutes without you"],
  ["15", "After 15 minutes without you"],
  ["60", "After an hour without you"],
  ["480", "After 8 hours without you"],
] as const;

const titles: Readonly<Record<PassphraseAct, string>> = {
  set: "Set a passphrase",
  change: "Change the passphrase",
  remove: "Remove the passphrase",
  remember: "Open by itself when I am logged in",
};

export function Security(): ReactNode {
  const [state, setState] = useState<State | null>(null);
  const [act, setAct] = useState<PassphraseAct | null>(null);
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  const [failure, setFailure] = useState<ReturnType<typeof toFailure> | null>(null);
  useEffect(() => {
    client.passphrase().then(setState, (cause: unknown) => setFailure(toFailure(cause)));
  }, []);

  function done(next: State, words: string): void {
    setState(next);
    setAct(null);
    announce(words);
  }

  return (
    <section aria-labelledby="security" className="border-line grid gap-3 rounded-xl border p-4">
      <h2 id="security" className="text-[14px] font-semibold">
        Security
      </h2>
      {state !== null &&
        (state.set ? <WithPassphrase isInKeychain={state.keychain} /> : <WithoutPassphrase />)}
      {state?.set === true && (
        <Select
          label="Lock by itself"
          hint="A message that comes, or a program with a token, does not count as you."
          options={timesWith(state.autoLockMinutes)}
          value={state.autoLockMinutes === null ? NEVER : String(state.autoLockMinutes)}
          disabled={isBusy}
          onChange={({ target: { value } }) =>
            void attempt(async () => {
              const autoLockMinutes = value === NEVER ? null : Number(value);
              done(await client.changePassphrase({ autoLockMinutes }), "Saved");
            })
          }
        />
      )}
      <ErrorNote failure={error ?? failure} />
      {state !== null && (
        <div className="flex flex-wrap gap-2">
          {state.set ? (
            <>
              <Button look="primary" disabled={isBusy} onClick={() => void attempt(() => client.lock())}>
                Lock now
              </Button>
              <Button onClick={() => setAct("change")}>Change passphrase</Button>
              {state.keychain ? (
                <Button
                  disabled={isBusy}
                  onClick={() =>
                    void attempt(async () =>
                      done(
                        await client.changePassphrase({ keychain: false }),
                        "It asks at each start from now on",
                      ),
                    )
                  }
                >
                  Ask at each start
                </Button>
              ) : (
                <Button onClick={() => setAct("remember")}>Open by itself…</Button>
              )}
              <Button look="danger" onClick={() => setAct("remove")}>
                Remove passphrase
              </Button>
            </>
          ) : (
            <Button look="primary" onClick={() => setAct("set")}>
              Set a passphrase
            </Button>
          )}
        </div>
      )}
      <Dialog open={act !== null} onOpenChange={() => setAct(null)} title={act === null ? "" : titles[act]}>
        {act !== null && <PassphraseForm act={act} onDone={done} />}
      </Dialog>
    </section>
  );
}

/** One that was set by a command may be another than these. */
function timesWith(minutes: number | null): readonly (readonly [string, string])[] {
  if (minutes === null || times.some(([value]) => value === String(minutes))) return times;
  return [...times, [String(minutes), `After ${countOf(minutes, "minute")} without you`]];
}

function WithPassphrase({ isInKeychain }: { readonly isInKeychain: boolean }): ReactNode {
  return (
    <>
      <p className="text-[13px]">
        <StatusWords level="ok">
          {isInKeychain
            ? "This device opens by your passphrase, and by itself while you are logged in to this computer."
            : "This device opens by your passphrase alone."}
        </StatusWords>
      </p>
      <p className="text-muted text-[12.5px]">
        While it is locked, messages and keys are neither in a readable file nor in memory, and nothing is
        sent or received. While it is unlocked, whoever can use your account on this computer can read what is
        here.
      </p>
    </>
  );
}

function WithoutPassphrase(): ReactNode {
  return (
    <>
      <p className="flex items-center gap-1.5 text-[13px]">
        <Shape level="idle" /> No passphrase is set.
      </p>
      <p className="text-muted text-[12.5px]">
        The key to this device’s store lies beside it, readable by your account on this computer alone.
        Whoever can use that account, or takes the disk, can read what is here.
      </p>
    </>
  );
}
