/** Telling owners and admins of a space about a message: why, and what they will see. spec/space SP125-SP129. */
import { useKith } from "@kith/react";
import type { Row } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";

const REASON_CHARS_MAX = 280;

export function ReportDialog({
  message,
  name,
  onClose,
}: {
  readonly message: string;
  /** Who wrote it. */
  readonly name: Row["authorName"];
  onClose(): void;
}): ReactNode {
  const { client } = useKith();
  const announce = useAnnounce();
  const [reason, setReason] = useState("");
  const { isBusy, error, attempt } = useAttempt();
  const isTooLong = Array.from(reason.trim()).length > REASON_CHARS_MAX;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Report to admins">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isTooLong) return;
          void attempt(async () => {
            await client.report(message, reason.trim() === "" ? undefined : reason);
            announce("Reported. Owners and admins see it as soon as they hear of it.");
            onClose();
          });
        }}
      >
        <TextField
          label="Reason"
          hint="Optional, a line or two."
          error={isTooLong ? `At most ${REASON_CHARS_MAX} characters.` : null}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          autoComplete="off"
        />
        <p className="text-[13px]">
          Owners and admins of this space see your name, the reason and which message it is. Nobody else can
          read the report, and <bdi>{name}</bdi> cannot either.
        </p>
        <ErrorNote failure={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isBusy}>
            Send
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
