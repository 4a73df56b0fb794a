/** What a channel holds up, behind a button of its head. Read when it is opened: nobody looks at it all the time. */
import { Popover } from "@base-ui/react/popover";
import { useKith } from "@kith/react";
import type { Conversation, Pin as Pinned } from "@kith/react";
import { Pin } from "lucide-react";
import { useCallback, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function Pins({ conversation }: { readonly conversation: Conversation }): ReactNode {
  const { space, channel, role } = conversation;
  const { client } = useKith();
  const [pins, setPins] = useState<readonly Pinned[] | "failed" | null>(null);
  const read = useCallback(
    () =>
      client.pins(space, channel).then(
        ({ items }) => setPins(items),
        () => setPins("failed"),
      ),
    [client, space, channel],
  );
  return (
    <Popover.Root
      onOpenChange={(isOpen) => {
        setPins(null);
        if (isOpen) void read();
      }}
    >
      <Popover.Trigger
        aria-label="Pinned messages"
        title="Pinned messages"
        className="text-muted hover:text-text hover:bg-rail grid size-9 shrink-0 place-content-center rounded-lg transition-colors"
      >
        <Pin size={17} aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup
            aria-label="Pinned messages"
            className="bg-bg border-line z-10 max-h-[70vh] w-[360px] max-w-[calc(100vw-32px)] overflow-y-auto rounded-lg border p-3"
          >
            {pins === null ? (
              <p className="text-muted text-[12.5px]">Looking…</p>
            ) : pins === "failed" ? (
              <p className="text-muted text-[12.5px]">They cannot be read now.</p>
            ) : pins.length === 0 ? (
              <p className="text-muted text-[12.5px]">
                Nothing is pinned here. Pin a message from its menu to keep it at hand for everybody.
              </p>
            ) : (
              <ul className="grid gap-3">
                {pins.map(({ message, byName, at }) => (
                  <li key={message.id} className="grid gap-0.5">
                    <p className="text-muted tabular text-[11.5px]">
                      <bdi className="text-text font-medium">{message.authorName}</bdi>,{" "}
                      <time dateTime={message.at}>{when.format(new Date(message.at))}</time>
                    </p>
                    <p dir="auto" className="line-clamp-4 text-[13.5px] break-words whitespace-pre-wrap">
                      {message.blocked ? "Message of a blocked person" : message.text}
                    </p>
                    <p className="text-muted flex flex-wrap items-center gap-2 text-[11.5px]">
                      <span>
                        Pinned by <bdi>{byName}</bdi>, {when.format(new Date(at))}
                      </span>
                      {role !== "reader" && (
                        <Button
                          size="small"
                          look="quiet"
                          onClick={() => void client.unpin(message.id).then(read, () => setPins("failed"))}
                        >
                          Unpin
                        </Button>
                      )}
                    </p>
                  </li>
                ))}
              </ul>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
