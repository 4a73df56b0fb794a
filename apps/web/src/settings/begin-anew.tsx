/** Settings: forgetting everything on this device. What is lost, and what stays with others, is said before a word is typed. */
import { useKith, useOwnDevices } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { useRecovery } from "../recovery/use-recovery.ts";
import { beginAnew } from "../shell/beginning-anew.tsx";

/** The command line asks for the same. */
const WORD = "forget";

export function BeginAnew(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="anew" className="border-line grid gap-2 rounded-xl border p-4">
      <h2 id="anew" className="text-[14px] font-semibold">
        Begin anew
      </h2>
      <p className="text-muted text-[12.5px]">
        Forgets who you are on this device, your spaces and all messages here. It then begins as a new one.
      </p>
      <div>
        <Button look="danger" onClick={() => setOpen(true)}>
          Forget everything…
        </Button>
      </div>
      {isOpen && <ForgetEverything onClose={() => setOpen(false)} />}
    </section>
  );
}

function ForgetEverything({ onClose }: { onClose(): void }): ReactNode {
  const store = useKith();
  const [typed, setTyped] = useState("");
  const { isBusy, error, attempt } = useAttempt();
  const isMeant = typed.trim().toLowerCase() === WORD;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Forget everything on this device?">
      <form
        className="grid gap-4 text-[13.5px]"
        onSubmit={(event) => {
          event.preventDefault();
          if (isMeant) void attempt(() => beginAnew(store));
        }}
      >
        <ErrorNote failure={error} />
        <div className="grid gap-1">
          <h3 className="font-semibold">Lost, for good</h3>
          <p>
            Your identity and its keys on this device, your spaces, all messages and drafts here, and the
            tokens of your programs.
          </p>
        </div>
        <div className="grid gap-1">
          <h3 className="font-semibold">Stays with others</h3>
          <p>
            What you wrote, and your name among the members: they are not told. If you want to be gone from a
            space, leave it first.
          </p>
        </div>
        <WayBack />
        <TextField
          label={`Type “${WORD}” to go on`}
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep everything</Button>
          <Button type="submit" look="danger" disabled={!isMeant || isBusy}>
            Forget everything
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What would bring one back as oneself. */
function WayBack(): ReactNode {
  const recovery = useRecovery();
  const { devices } = useOwnDevices();
  if (recovery === null) return null;
  const { checked, backup } = recovery;
  if (devices.length > 1)
    return (
      <p>
        <StatusWords level="ok">
          Your other devices keep what they have. Remove this one there, so that nothing more is sent to it.
        </StatusWords>
      </p>
    );
  if (checked === null && backup === null)
    return (
      <p>
        <StatusWords level="bad">
          You have neither written down your 24 words nor made a backup here: nobody can bring you back.
        </StatusWords>
      </p>
    );
  return (
    <p>
      <StatusWords level="warn">
        {checked === null
          ? "Only your backup brings you back, with what it holds."
          : backup === null
            ? "Your 24 words bring you back as yourself, without the messages."
            : "Your 24 words bring you back as yourself, and a backup what it holds."}
      </StatusWords>
    </p>
  );
}
