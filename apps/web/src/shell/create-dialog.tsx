/** A new space, or a new channel in one. */
import { useSpaces } from "@kith/react";
import { describeFailure } from "../parts/failure.ts";
import type { Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { go } from "../routes.ts";

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
  const space = target?.space ?? null;

  async function create(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (space) await createChannel(space.id, name.trim());
      else {
        const made = await createSpace({ name: name.trim() });
        const first = made.channels[0];
        if (first) go({ at: "channel", channel: first.id });
      }
      setName("");
      onClose();
    } catch (cause) {
      setError(describeFailure(cause));
    }
    setBusy(false);
  }

  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => !open && onClose()}
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
              ? "Everybody in the space can read and write in it."
              : "People see it when you invite them. You can have many spaces; they know nothing of each other."
          }
          value={name}
          error={error}
          autoFocus
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={name.trim() === "" || isBusy}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
