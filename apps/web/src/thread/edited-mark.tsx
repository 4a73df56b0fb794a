/** "edited", and behind it what the message has said before. */
import { Popover } from "@base-ui/react/popover";
import { useKith } from "@kith/react";
import type { MessageVersion } from "@kith/react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";

export function EditedMark({ id, editedMs }: { id: string; editedMs: number }): ReactNode {
  return (
    <Popover.Root>
      <Popover.Trigger
        tabIndex={-1}
        data-control
        aria-label="Edited: show what it said before"
        className="text-muted hover:text-text ms-1.5 inline-block min-h-6 text-[11.5px] underline decoration-dotted underline-offset-2"
      >
        edited
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start">
          <Popover.Popup
            aria-label="What it said"
            className="bg-bg border-line z-10 max-h-72 w-[320px] max-w-[calc(100vw-32px)] overflow-y-auto rounded-lg border p-3"
          >
            <Versions key={editedMs} id={id} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function Versions({ id }: { id: string }): ReactNode {
  const { client } = useKith();
  const [versions, setVersions] = useState<readonly MessageVersion[] | "failed" | null>(null);
  useEffect(() => {
    let isHere = true;
    client.messageVersions(id).then(
      ({ items }) => isHere && setVersions(items),
      () => isHere && setVersions("failed"),
    );
    return () => {
      isHere = false;
    };
  }, [client, id]);
  if (versions === null) return <p className="text-muted text-[12.5px]">Looking…</p>;
  if (versions === "failed")
    return <p className="text-muted text-[12.5px]">What it said before cannot be read now.</p>;
  return (
    <ol className="grid gap-2.5">
      {versions.toReversed().map(({ text, at }, index) => (
        <li key={at + text}>
          <p className="text-muted tabular text-[11.5px]">
            {index === 0 ? "Now" : index === versions.length - 1 ? "As it was written" : "Before"}
            {", "}
            <time dateTime={at}>{when.format(new Date(at))}</time>
          </p>
          <p dir="auto" className="text-[13.5px] break-words whitespace-pre-wrap">
            {text}
          </p>
        </li>
      ))}
    </ol>
  );
}
