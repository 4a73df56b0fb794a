/** How far a message has come, and behind it each device by its person and name: has it, or why not yet. */
import { Popover } from "@base-ui/react/popover";
import { useDeliveryDetail, useP2PConnection } from "@kith/react";
import type { DeviceDelivery } from "@kith/react";
import type { ReactNode } from "react";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useNowMs } from "../parts/use-now.ts";
import { describeWhere, groupByPerson } from "./where-words.ts";

interface DeliveryMarkProps {
  readonly id: string;
  readonly words: string;
  readonly className?: string;
  onOpenChange?(isOpen: boolean): void;
}

export function DeliveryMark({ id, words, className = "", onOpenChange }: DeliveryMarkProps): ReactNode {
  return (
    <Popover.Root {...(onOpenChange && { onOpenChange })}>
      <Popover.Trigger
        tabIndex={-1}
        // Beside what one comes for: Enter leads past it.
        data-control="aside"
        aria-label={`${words}: show each device`}
        className={`text-muted hover:text-text min-h-6 text-start text-[11.5px] underline decoration-dotted underline-offset-2 ${className}`}
      >
        {words}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start" collisionPadding={12}>
          <Popover.Popup
            // It scrolls, and holds nothing else that the keyboard could stand on.
            tabIndex={0}
            className="bg-bg border-line z-10 max-h-80 w-[320px] max-w-[calc(100vw-24px)] overflow-y-auto rounded-lg border p-3"
          >
            <Popover.Title className="mb-2 text-[13px] font-semibold">Delivered to</Popover.Title>
            <Devices id={id} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Devices({ id }: { readonly id: string }): ReactNode {
  const { devices, isLoading, error } = useDeliveryDetail(id);
  const { me } = useP2PConnection();
  if (isLoading) return <p className="text-muted text-[12.5px]">Looking…</p>;
  if (devices.length === 0) return <ErrorNote failure={error} />;
  return (
    <ul className="grid gap-3">
      {groupByPerson(devices).map((own) => {
        const [{ person, name }] = own as [DeviceDelivery];
        return (
          <li key={person} className="grid gap-1">
            <p className="text-[13px] font-medium break-words">
              <bdi>{name}</bdi>
              {person === me?.person && <span className="text-muted font-normal"> · you</span>}
            </p>
            <ul className="grid gap-1.5" aria-label={`Devices of ${name}`}>
              {own.map((device) => (
                <DeviceLine key={device.device} device={device} />
              ))}
            </ul>
          </li>
        );
      })}
    </ul>
  );
}

function DeviceLine({ device }: { readonly device: DeviceDelivery }): ReactNode {
  const { level, words } = describeWhere(device, useNowMs());
  const name = device.deviceName ?? (device.self ? "This device" : `Device ${device.device.slice(0, 8)}`);
  return (
    <li className="border-line border-s ps-2.5 text-[12.5px]">
      <bdi className="block break-words">{name}</bdi>
      <StatusWords level={level}>{words}</StatusWords>
    </li>
  );
}
