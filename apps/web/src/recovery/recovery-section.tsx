/** Settings: what brings one back when this device is lost. */
import type { Recovery } from "@kith/contract";
import { useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { BackupDialog, CheckBackupDialog } from "./backup-dialog.tsx";
import { putRecovery, useRecovery } from "./use-recovery.ts";
import { WordsDialog } from "./words-dialog.tsx";

type Open = "words" | "backup" | "check" | "forget" | null;

export function RecoverySection(): ReactNode {
  const recovery = useRecovery();
  const [open, setOpen] = useState<Open>(null);
  if (recovery === null) return null;
  const { rootHere, checked, backup, restored } = recovery;
  const close = (): void => setOpen(null);
  return (
    <section aria-labelledby="recovery" className="border-line grid gap-4 rounded-xl border p-4">
      <header className="grid gap-1">
        <h2 id="recovery" className="text-[14px] font-semibold">
          If you lose this device
        </h2>
        <p className="text-muted text-[12.5px]">
          Nobody keeps an account for you. 24 words bring you back as yourself; a backup brings back what you
          could read.
        </p>
      </header>
      <div className="grid gap-2">
        <WordsState {...{ rootHere, checked }} />
        <div className="flex flex-wrap gap-2">
          {rootHere && (
            <Button look={checked === null ? "primary" : "plain"} onClick={() => setOpen("words")}>
              {checked === null ? "Write down the words" : "Show the words again"}
            </Button>
          )}
          {rootHere && checked !== null && (
            <Button onClick={() => setOpen("forget")}>Take them off this device…</Button>
          )}
        </div>
      </div>
      <div className="border-line grid gap-2 border-t pt-4">
        {backup === null ? (
          <StatusWords level="warn">No backup was made on this device.</StatusWords>
        ) : (
          <StatusWords level="ok">Last backup on {dayOf(backup)}.</StatusWords>
        )}
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setOpen("backup")}>Make a backup</Button>
          <Button onClick={() => setOpen("check")}>Check a backup</Button>
        </div>
      </div>
      {restored !== null && (
        <p className="text-muted border-line border-t pt-3 text-[12.5px]">
          This device was restored from a backup of {dayOf(restored)}.
        </p>
      )}
      {open === "words" && <WordsDialog onClose={close} />}
      {open === "backup" && <BackupDialog rootHere={rootHere} onClose={close} />}
      {open === "check" && <CheckBackupDialog onClose={close} />}
      {open === "forget" && <ForgetDialog onClose={close} />}
    </section>
  );
}

function WordsState({ rootHere, checked }: Pick<Recovery, "rootHere" | "checked">): ReactNode {
  if (checked !== null)
    return (
      <StatusWords level="ok">
        Your words were checked on {dayOf(checked)}
        {rootHere ? "." : ", and are on paper alone."}
      </StatusWords>
    );
  return rootHere ? (
    <StatusWords level="warn">Your words are not written down yet.</StatusWords>
  ) : (
    <p className="text-muted text-[12.5px]">
      Your words are on your first device, or where you wrote them down.
    </p>
  );
}

const dayOf = (time: string): string => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" });

function ForgetDialog({ onClose }: { onClose(): void }): ReactNode {
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Take the words off this device?">
      <div className="grid gap-4">
        <ErrorNote failure={error} />
        <p className="text-[13.5px]">
          They are then on your paper alone. Whoever takes this device cannot become you on another one, and
          cannot end your other devices.
        </p>
        <p className="text-muted text-[12.5px]">
          If the paper is lost, nobody can bring you back. Backups need a passphrase from now on, and
          restoring one the words as well.
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep them here</Button>
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                putRecovery(await client.forgetRecoveryWords());
                announce("The words are on this device no more.");
                onClose();
              })
            }
          >
            Take them off
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
