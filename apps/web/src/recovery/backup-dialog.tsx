/** Making a backup, which counts only once it was opened again; and checking one that lies somewhere. */
import type { BackupReport } from "@kith/contract";
import { useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { Button } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { describeBytes } from "../settings/bytes.ts";
import { putRecovery } from "./use-recovery.ts";

/** As the node asks for: shorter ones are guessed. */
const PASSPHRASE_MIN = 10;
const PASSPHRASE_HINT = "Four or five words that nobody would guess together; ten characters at least.";

type By = "words" | "passphrase";

export function BackupDialog({
  rootHere,
  onClose,
}: {
  readonly rootHere: boolean;
  onClose(): void;
}): ReactNode {
  const [by, setBy] = useState<By>(rootHere ? "words" : "passphrase");
  const [passphrase, setPassphrase] = useState("");
  const [made, setMade] = useState<{ url: string; report: BackupReport } | null>(null);
  const { isBusy, error, attempt } = useAttempt();
  const secrets = by === "words" ? {} : { passphrase };
  const isReady = by === "words" || passphrase.trim().length >= PASSPHRASE_MIN;
  async function make(): Promise<void> {
    const file = await new Response(await client.backup(secrets)).blob();
    const { id } = await client.uploadBackup(file);
    const report = await client.checkBackup({ upload: id, ...secrets });
    const url = URL.createObjectURL(file);
    setMade({ url, report });
    putRecovery(await client.recovery());
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Make a backup">
      {made === null ? (
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void attempt(make);
          }}
        >
          {rootHere ? (
            <Choice<By>
              legend="What opens it"
              value={by}
              options={[
                { value: "words", words: "My 24 words", means: "One thing to keep. Write them down first." },
                {
                  value: "passphrase",
                  words: "A passphrase as well",
                  means: "Either opens it: a weak passphrase makes the backup weak, and you with it.",
                },
              ]}
              onChange={setBy}
            />
          ) : (
            <p className="text-[13.5px]">
              Your words are not on this device: the backup opens with a passphrase, and restoring it takes
              the words as well.
            </p>
          )}
          {by === "passphrase" && (
            <TextField
              label="Passphrase"
              type="password"
              hint={PASSPHRASE_HINT}
              autoComplete="new-password"
              value={passphrase}
              maxLength={1_000}
              onChange={(event) => setPassphrase(event.target.value)}
            />
          )}
          <ErrorNote failure={error} />
          <div className="flex items-center justify-end gap-3">
            {isBusy && (
              <span role="status" className="text-muted text-[12.5px]">
                Written, and opened again to check…
              </span>
            )}
            <Button type="submit" look="primary" disabled={!isReady || isBusy}>
              Make it
            </Button>
          </div>
        </form>
      ) : (
        <div className="grid gap-4">
          <Report report={made.report} />
          <p className="text-muted text-[12.5px]">
            Keep it on another disk than this device's. What is written from now on is not in it.
          </p>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Close</Button>
            <a
              href={made.url}
              download="kith.backup"
              className="bg-accent text-on-accent inline-flex min-h-9 items-center rounded-lg px-3.5 text-[13.5px] font-medium"
            >
              Save the file
            </a>
          </div>
        </div>
      )}
    </Dialog>
  );
}

export function CheckBackupDialog({ onClose }: { onClose(): void }): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [report, setReport] = useState<BackupReport | null>(null);
  const { isBusy, error, attempt } = useAttempt();
  async function check(): Promise<void> {
    if (file === null) return;
    setReport(null);
    const { id } = await client.uploadBackup(file);
    setReport(await client.checkBackup({ upload: id, ...(passphrase === "" ? null : { passphrase }) }));
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Check a backup">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(check);
        }}
      >
        <p className="text-muted text-[12.5px]">
          It is opened whole and every event in it verified. Nothing is changed.
        </p>
        <BackupFile onFile={setFile} />
        <TextField
          label="Passphrase"
          type="password"
          hint="Empty: it is tried with this device's own words."
          autoComplete="off"
          value={passphrase}
          maxLength={1_000}
          onChange={(event) => setPassphrase(event.target.value)}
        />
        <ErrorNote failure={error} />
        {report && <Report report={report} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" disabled={file === null || isBusy}>
            Check
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function BackupFile({ onFile }: { onFile(file: File | null): void }): ReactNode {
  return (
    <TextField
      label="Backup file"
      type="file"
      className="border-line bg-raised file:bg-rail file:text-text w-full min-h-10 rounded-lg border p-1.5 text-[13px] file:me-3 file:rounded-md file:border-0 file:px-2.5 file:py-1.5"
      onChange={(event) => onFile(event.target.files?.[0] ?? null)}
    />
  );
}

function Report({ report }: { readonly report: BackupReport }): ReactNode {
  const { name, made, spaces, events, refused, bytes } = report;
  return (
    <div role="status" className="border-line grid gap-1 rounded-lg border p-3 text-[13px]">
      <StatusWords level={refused === 0 ? "ok" : "warn"}>
        It opens
        {refused === 0
          ? ", and all in it verifies."
          : `; ${countOf(refused, "event in it does", "events in it do")} not verify.`}
      </StatusWords>
      <span className="text-muted tabular">
        <bdi>{name}</bdi>, {countOf(spaces, "space")}, {countOf(events, "event")}, {describeBytes(bytes)},
        made {new Date(made).toLocaleString()}
      </span>
    </div>
  );
}
