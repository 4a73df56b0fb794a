/** Settings: the devices of this person, a link for another, and the end of one that is lost. */
import { useDeviceOffer, useOwnDevices, useSpaces } from "@kith/react";
import type { Device, OwnDevice } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { useNowMs } from "../parts/use-now.ts";
import { LinkDialog, TimeLeft } from "./link-dialog.tsx";
import { describeSeen } from "./linking-words.ts";
import { DEVICE_REMOVED, DEVICE_REMOVED_NEXT, useIsDeviceRemoved } from "./removed.ts";
import { TakeLinkDialog } from "./take-link.tsx";

type Open =
  | { readonly what: "link" | "take" }
  | { readonly what: "rename" | "remove"; readonly device: Device }
  | null;

const nameOf = ({ name, id, self }: Device): string =>
  name ?? (self ? "This device" : `Device ${id.slice(0, 8)}`);

export function DevicesSection(): ReactNode {
  const { devices, error } = useOwnDevices();
  const { offer, stop } = useDeviceOffer();
  const { spaces } = useSpaces();
  const isRemoved = useIsDeviceRemoved(spaces.find(({ state }) => state === "removed") ?? null);
  // What it lists of itself then, and a link that it would make, are worth nothing.
  const isOut = isRemoved && devices.every(({ spaces: count }) => count === 0);
  const [open, setOpen] = useState<Open>(null);
  const { isBusy, error: refusal, attempt } = useAttempt();
  const close = (): void => setOpen(null);
  return (
    <section aria-labelledby="devices" className="border-line grid gap-3 rounded-xl border p-4">
      <header className="grid gap-1">
        <h2 id="devices" className="text-[14px] font-semibold">
          Your devices
        </h2>
        <p className="text-muted text-[12.5px]">
          Each holds your spaces with their history, and writes as you. The members of your spaces see their
          names.
        </p>
      </header>
      {isRemoved && (
        <div className="grid gap-1 text-[13px]">
          <StatusWords level="bad">{DEVICE_REMOVED}</StatusWords>
          <p>{DEVICE_REMOVED_NEXT}</p>
        </div>
      )}
      <ErrorNote failure={refusal ?? error} />
      {!isOut && (
        <ul className="grid gap-2">
          {devices.map((device) => (
            <DeviceRow
              key={device.id}
              device={device}
              onRename={() => setOpen({ what: "rename", device })}
              onRemove={() => setOpen({ what: "remove", device })}
            />
          ))}
        </ul>
      )}
      {offer !== null && (
        <div className="border-line flex flex-wrap items-center justify-between gap-2 border-t pt-3 text-[13px]">
          <p role="status">
            {offer.state === "open" ? (
              <>
                A link for a new device is out. <TimeLeft expires={offer.expires} />
              </>
            ) : (
              `“${offer.name ?? "A device"}” has taken the link and waits for you.`
            )}
          </p>
          <span className="flex gap-2">
            <Button size="small" onClick={() => setOpen({ what: "link" })}>
              Show
            </Button>
            <Button size="small" look="danger" disabled={isBusy} onClick={() => void attempt(stop)}>
              End it
            </Button>
          </span>
        </div>
      )}
      {!isOut && (
        <div className="flex flex-wrap gap-2">
          <Button look="primary" onClick={() => setOpen({ what: "link" })}>
            Link a device
          </Button>
          <Button onClick={() => setOpen({ what: "take" })}>This is the new one…</Button>
        </div>
      )}
      {open?.what === "link" && <LinkDialog onClose={close} />}
      {open?.what === "take" && <TakeLinkDialog onClose={close} />}
      {open?.what === "rename" && <RenameDialog device={open.device} onClose={close} />}
      {open?.what === "remove" && <RemoveDialog device={open.device} onClose={close} />}
    </section>
  );
}

function DeviceRow({
  device,
  onRename,
  onRemove,
}: {
  readonly device: OwnDevice;
  onRename(): void;
  onRemove(): void;
}): ReactNode {
  const { self, spaces, linked, removable } = device;
  const name = nameOf(device);
  return (
    <li
      aria-label={name}
      className="border-line flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg border p-3"
    >
      <div className="grid min-w-0 gap-0.5">
        <p className="font-medium break-words">
          <bdi>{name}</bdi>
          {self && device.name !== null && <span className="text-muted font-normal"> · this device</span>}
        </p>
        <p className="text-[12.5px]">
          {self ? <StatusWords level="ok">Here</StatusWords> : <Seen {...device} />}
        </p>
        <p className="text-muted text-[12.5px]">
          {self ? "Since" : "Linked on"}{" "}
          {new Date(linked).toLocaleDateString(undefined, { dateStyle: "long" })}, in{" "}
          {countOf(spaces, "space")}
        </p>
        {!self && !removable && (
          <p className="text-muted text-[12.5px]">
            It was there before this device, which cannot remove it: an older one of yours can.
          </p>
        )}
      </div>
      <span className="flex gap-2">
        {/* A name lives in the spaces that the device is in. */}
        {spaces > 0 && (
          <Button size="small" aria-label={`Rename ${name}`} onClick={onRename}>
            Rename
          </Button>
        )}
        {removable && (
          <Button size="small" look="danger" aria-label={`Remove ${name}`} onClick={onRemove}>
            Remove…
          </Button>
        )}
      </span>
    </li>
  );
}

function Seen({ connected, lostMs }: OwnDevice): ReactNode {
  const nowMs = useNowMs();
  if (connected) return <StatusWords level="ok">In reach now</StatusWords>;
  return (
    <StatusWords level="idle">
      {lostMs === null ? "Not in reach" : `Not in reach, last seen ${describeSeen(lostMs, nowMs)}`}
    </StatusWords>
  );
}

function RenameDialog({ device, onClose }: { readonly device: Device; onClose(): void }): ReactNode {
  const { rename } = useOwnDevices();
  const announce = useAnnounce();
  const [name, setName] = useState(device.name ?? "");
  const { isBusy, error, attempt } = useAttempt();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Rename ${nameOf(device)}`}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            await rename(device.id, name.trim());
            announce("Device renamed");
            onClose();
          });
        }}
      >
        <TextField
          label="Name of the device"
          hint="The members of your spaces see it."
          value={name}
          autoFocus
          autoComplete="off"
          maxLength={80}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setName(event.target.value)}
        />
        <ErrorNote failure={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" disabled={name.trim() === "" || isBusy}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ device, onClose }: { readonly device: Device; onClose(): void }): ReactNode {
  const { remove } = useOwnDevices();
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  const name = nameOf(device);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Remove ${name}?`}>
      <div className="grid gap-4">
        <ul className="grid list-disc gap-1.5 pl-5 text-[13.5px]">
          <li>
            All your spaces get new keys: what is written from then on it cannot read, and it writes nothing
            more.
          </li>
          <li>What it holds already stays on it, for whoever has it.</li>
          <li>It cannot be undone. To use that device again, reset Kith on it and link it as a new one.</li>
        </ul>
        <p className="text-muted text-[12.5px]">
          A device removes only those that came after it; your first one, which has your words, removes any.
        </p>
        <ErrorNote failure={error} />
        {isBusy && (
          <p role="status" className="text-muted text-[12.5px]">
            Making new keys in each of your spaces…
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            Keep it
          </Button>
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await remove(device.id);
                announce(`${name} is removed.`);
                onClose();
              })
            }
          >
            Remove it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
