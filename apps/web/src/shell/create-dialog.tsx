/** A new space, or a new channel in one. */
import { useSpaces } from "@kith/react";
import { describeFailure } from "../parts/failure.ts";
import type { Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { PeoplePicker } from "../people/people-picker.tsx";
import { go } from "../routes.ts";

const reaches = [
  { value: "open", words: "Everybody in the space", means: "They all can read it; members write in it." },
  {
    value: "private",
    words: "Only people you choose",
    means: "Nobody else learns that it exists. Somebody added later reads what was written before.",
  },
] as const;

export function CreateDialog({
  target,
  onClose,
}: {
  target: { space: Space | null } | null;
  onClose: () => void;
}): ReactNode {
  const { createSpace, createChannel } = useSpaces();
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [reach, setReach] = useState<"open" | "private">("open");
  const [people, setPeople] = useState<ReadonlySet<string>>(new Set());
  const space = target?.space ?? null;

  function close(): void {
    setName("");
    setError(null);
    setReach("open");
    setPeople(new Set());
    onClose();
  }

  async function create(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (space)
        await createChannel(space.id, {
          name: name.trim(),
          ...(reach === "private" && { private: true, people: [...people] }),
        });
      else {
        const made = await createSpace({ name: name.trim() });
        const first = made.channels[0];
        if (first) go({ at: "channel", channel: first.id });
      }
      close();
    } catch (cause) {
      setError(describeFailure(cause));
    }
    setBusy(false);
  }

  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => !open && close()}
      title={space ? `New channel in ${space.name}` : "New space"}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextField
          label={space ? "Name of the channel" : "Name of the space"}
          hint={
            space
              ? undefined
              : "People see it when you invite them. You can have many spaces; they know nothing of each other."
          }
          value={name}
          error={error}
          autoFocus
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
        {space && <Choice legend="Who is it for?" options={reaches} value={reach} onChange={setReach} />}
        {space && reach === "private" && <PeoplePicker space={space} chosen={people} onChange={setPeople} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="primary" disabled={name.trim() === "" || isBusy}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
