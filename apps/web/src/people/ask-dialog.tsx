/** Asking people one knows into a group that is there already. spec/invite IN23. */
import { useMembers, useSpaces } from "@kith/react";
import type { Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { KnownPeoplePicker } from "../talk/known-people-picker.tsx";

export function AskDialog({ space, onClose }: { readonly space: Space; onClose(): void }): ReactNode {
  const { members } = useMembers(space.id);
  const { askInto } = useSpaces();
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const there = new Set([...members, ...space.asked].map(({ person }) => person));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Ask somebody into ${space.name}`}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            await askInto(space.id, [...chosen]);
            announce(`Asked into ${space.name}.`);
            onClose();
          });
        }}
      >
        <KnownPeoplePicker
          legend="Who is asked?"
          several
          without={there}
          chosen={chosen}
          onChange={setChosen}
        />
        <p className="text-muted text-[12.5px]">
          Each is asked as soon as a device of theirs is met, and is in the group once they accept.
        </p>
        <ErrorNote failure={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isBusy || chosen.size === 0}>
            Ask
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Whom this device has asked, and who has not come yet. */
export function AskedNote({ asked }: Pick<Space, "asked">): ReactNode {
  if (asked.length === 0) return null;
  return (
    <p className="text-muted px-4 pb-3 text-[12.5px]">
      Asked, and not here yet:{" "}
      {asked.map(({ person, name }, at) => (
        <span key={person}>
          {at > 0 && ", "}
          <bdi>{name}</bdi>
        </span>
      ))}
    </p>
  );
}
