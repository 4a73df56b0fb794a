/** Comparing with a person what both devices show, and noting that it agrees. Nothing here says that the whole app is safe. */
import type { Verification } from "@kith/contract";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { QrCode } from "../invite/qr.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ScanButton } from "../parts/scan-button.tsx";
import { ErrorNote, Shape, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { doubtWords } from "./doubt-words.ts";

/** What the code of two people holds. */
const SAFETY_DIGITS = /^\d{60}$/;

export function VerifyDialog({
  person,
  name,
  onClose,
}: {
  readonly person: string;
  readonly name: string;
  onClose(): void;
}): ReactNode {
  const announce = useAnnounce();
  const [known, setKnown] = useState<Verification | null>(null);
  const [seen, setSeen] = useState("");
  const { isBusy, error, attempt } = useAttempt();
  useEffect(() => {
    void attempt(async () => setKnown(await client.verification(person)));
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [person]);
  const isMismatch = error?.code === "NUMBER_DIFFERS";
  const verify = (what?: string): Promise<void> =>
    attempt(async () => {
      setKnown(await client.verifyPerson(person, what));
      setSeen("");
      announce(`${name} is verified.`);
    });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Verify ${name}`}>
      <div className="grid gap-4">
        {known === null ? (
          <ErrorNote failure={error} />
        ) : (
          <>
            <State known={known} />
            <p className="text-[13.5px]">
              Meet, or call each other by a way that is not Kith. Both devices must show the same; if they do
              not, somebody stands between you.
            </p>
            <div className="flex items-start gap-4 max-sm:grid max-sm:justify-items-center">
              <div className="w-[132px] shrink-0">
                <QrCode text={known.digits} label={`Code of you and ${name}`} />
              </div>
              <div className="grid min-w-0 flex-1 gap-3">
                <p
                  aria-label="Digits"
                  className="tabular grid grid-cols-4 gap-x-3 gap-y-1 text-[15px] font-medium max-sm:justify-items-center"
                >
                  {known.groups.map((group, at) => (
                    // Two groups may be alike.
                    // oxlint-disable-next-line react/no-array-index-key
                    <span key={at}>{group}</span>
                  ))}
                </p>
                <p aria-label="Words" translate="no" className="text-muted text-[12.5px]">
                  {known.words.join(" ")}
                </p>
              </div>
            </div>
            <form
              className="border-line grid gap-3 border-t pt-4"
              onSubmit={(event) => {
                event.preventDefault();
                void verify(seen);
              }}
            >
              <TextField
                label="What their device shows"
                hint="Digits, words, or what a scanner reads from their code. Empty, if you have compared by eye."
                value={seen}
                autoComplete="off"
                spellCheck={false}
                maxLength={500}
                onChange={(event) => setSeen(event.target.value)}
              />
              <ScanButton
                title={`Scan the code of ${name}`}
                hint="Hold the code that their device shows before the camera."
                read={(found) =>
                  SAFETY_DIGITS.test(found)
                    ? null
                    : "This is no code of two people: theirs stands in this same dialog."
                }
                onFound={(found) => {
                  setSeen(found);
                  void verify(found);
                }}
              />
              {isMismatch && (
                <p
                  role="alert"
                  className="border-bad bg-bad-soft text-bad grid gap-1 rounded-lg border p-3 text-[13px]"
                >
                  <strong className="flex items-center gap-2">
                    <Shape level="bad" /> It does not match
                  </strong>
                  <span>
                    Compare again, digit by digit. If it still differs, somebody may stand between you and{" "}
                    <bdi>{name}</bdi>: say nothing in confidence here.
                  </span>
                </p>
              )}
              {!isMismatch && <ErrorNote failure={error} />}
              <div className="flex flex-wrap justify-end gap-2">
                {known.verified !== null && (
                  <Button
                    look="danger"
                    disabled={isBusy}
                    onClick={() =>
                      void attempt(async () => {
                        setKnown(await client.withdrawVerification(person));
                        announce(`${name} counts as not verified.`);
                      })
                    }
                  >
                    Withdraw
                  </Button>
                )}
                {seen.trim() !== "" ? (
                  <Button type="submit" look="primary" disabled={isBusy}>
                    Compare
                  </Button>
                ) : known.state === "verified" ? (
                  <Button look="primary" onClick={onClose}>
                    Done
                  </Button>
                ) : (
                  <Button look="primary" disabled={isBusy} onClick={() => void verify()}>
                    They are the same
                  </Button>
                )}
              </div>
            </form>
          </>
        )}
      </div>
    </Dialog>
  );
}

function State({ known }: { readonly known: Verification }): ReactNode {
  const { state, verified, doubts, name } = known;
  return (
    <div role="status" className="grid gap-1.5 text-[13px]">
      {state === "verified" && verified !== null && (
        <StatusWords level="ok">
          Verified on {new Date(verified).toLocaleDateString(undefined, { dateStyle: "long" })}, on this
          device
        </StatusWords>
      )}
      {state === "changed" && <StatusWords level="bad">Their identity has changed</StatusWords>}
      {state === "unverified" && <StatusWords level="idle">Not verified yet</StatusWords>}
      {doubts.map((doubt) => (
        <p key={`${doubt.reason} ${doubt.device ?? doubt.other}`}>{doubtWords(doubt, name)}</p>
      ))}
    </div>
  );
}
