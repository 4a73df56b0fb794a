/** On a new device: to be oneself again, by a backup, by the words, or by both. */
import { useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { Button } from "../parts/buttons.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { BackupFile } from "./backup-dialog.tsx";
import { WordsField } from "./words-field.tsx";

/** Between two looks whether the node is back. */
const LOOK_MS = 400;
/** A node starts in a second; on a slow disk over a long history in some. */
const BACK_MS_MAX = 120_000;

/** onWords: it is the person's device now, and in no space yet. */
export function RestoreForm({ onWords }: { onWords(): void }): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [words, setWords] = useState("");
  const [isComing, setComing] = useState(false);
  const { isBusy, error, attempt } = useAttempt();
  const isReady = file === null ? words.trim() !== "" : words.trim() !== "" || passphrase !== "";
  async function restore(): Promise<void> {
    const secrets = {
      ...(words.trim() === "" ? null : { words }),
      ...(passphrase === "" || file === null ? null : { passphrase }),
    };
    const upload = file === null ? {} : { upload: (await client.uploadBackup(file)).id };
    const answer = await client.restore({ ...upload, ...secrets });
    if (!answer.restarting) return onWords();
    setComing(true);
    await comeBack(answer.person);
    location.assign("/");
  }
  if (isComing)
    return (
      <p role="status" className="text-[14px]" aria-busy="true">
        Restored. The node starts anew with what came back…
      </p>
    );
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(restore);
      }}
    >
      <BackupFile onFile={setFile} />
      {file !== null && (
        <TextField
          label="Passphrase"
          type="password"
          hint="If the backup was made with one. The words open it as well."
          autoComplete="off"
          value={passphrase}
          maxLength={1_000}
          onChange={(event) => setPassphrase(event.target.value)}
        />
      )}
      <WordsField
        hint={
          file === null
            ? "Without a backup the words alone make you yourself again: link this device from another of yours, or join by any invitation."
            : "Where the backup was made without a passphrase, or without the words on its device."
        }
        value={words}
        onChange={setWords}
      />
      <ErrorNote failure={error} />
      {isBusy && (
        <p role="status" className="text-muted text-[12.5px]">
          {file === null ? "Reading the words…" : "Opening the backup, and verifying all that is in it…"}
        </p>
      )}
      <Button type="submit" look="primary" className="min-h-11" disabled={!isReady || isBusy}>
        Bring me back
      </Button>
    </form>
  );
}

async function comeBack(person: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < BACK_MS_MAX; waitedMs += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const me = await client.me().catch(() => null);
    if (me?.person === person) return;
  }
}
