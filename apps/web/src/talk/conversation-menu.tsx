/** What one may do about a conversation as a whole: mute it, and block whom it is with. */
import { usePeople } from "@kith/react";
import type { Conversation } from "@kith/react";
import { Ban } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { MuteConversationButton } from "./mute-button.tsx";

export function ConversationMenu({ conversation }: { readonly conversation: Conversation }): ReactNode {
  const { direct } = conversation;
  const [isBlocking, setBlocking] = useState(false);
  return (
    <>
      <MuteConversationButton {...conversation} />
      {direct && !direct.blocked && (
        <IconButton label={`Block ${direct.name}`} onClick={() => setBlocking(true)}>
          <Ban size={17} aria-hidden="true" />
        </IconButton>
      )}
      {isBlocking && direct && <BlockDialog {...direct} onClose={() => setBlocking(false)} />}
    </>
  );
}

export function BlockDialog({
  person,
  name,
  onClose,
}: {
  readonly person: string;
  readonly name: string;
  onClose(): void;
}): ReactNode {
  const { block } = usePeople();
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Block ${name}?`}>
      <div className="grid gap-4">
        <ErrorNote failure={error} />
        <p className="text-[13.5px]">
          Their requests do not arrive, and what they write in common spaces is folded and told of by nothing.
          They are not told, and stay in the spaces that you share.
        </p>
        <p className="text-muted text-[12.5px]">
          It holds on this device. You unblock them by their name or a message of theirs, or under Message
          requests.
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await block(person);
                announce(`${name} is blocked.`);
                onClose();
              })
            }
          >
            Block {name}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** In place of the field where one writes. */
export function BlockedNote({ person, name }: { readonly person: string; readonly name: string }): ReactNode {
  const { unblock } = usePeople();
  const { isBusy, error, attempt } = useAttempt();
  return (
    <div className="border-line grid gap-2 border-t p-4">
      <ErrorNote failure={error} />
      <p className="text-muted flex flex-wrap items-center gap-3 text-[13px]">
        <span>
          You have blocked <bdi>{name}</bdi>.
        </span>
        <Button size="small" disabled={isBusy} onClick={() => void attempt(() => unblock(person))}>
          Unblock
        </Button>
      </p>
    </div>
  );
}
