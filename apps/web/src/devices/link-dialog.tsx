/** On a device that is there: the link for a new one, then the six digits that it shows, then what became of it. */
import { useDeviceOffer } from "@kith/react";
import type { DeviceOffer, DeviceOfferView, OfferOutcome } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { QrCode } from "../invite/qr.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { CopiedText } from "../parts/copied-text.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { useNowMs } from "../parts/use-now.ts";
import { describeOutcome } from "./linking-words.ts";

export function LinkDialog({ onClose }: { onClose(): void }): ReactNode {
  const { offer, outcome, isLoading, error, start, stop, confirm } = useDeviceOffer();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Link a device">
      {offer?.state === "confirm" ? (
        <Digits key={offer.link} {...{ offer, stop, confirm }} />
      ) : offer !== null ? (
        <Link {...{ offer, stop }} onClose={onClose} />
      ) : outcome !== null ? (
        <Outcome {...{ outcome, start, stop }} onClose={onClose} />
      ) : (
        <Begin {...{ start, isLoading, error }} />
      )}
    </Dialog>
  );
}

function Begin({
  start,
  isLoading,
  error,
}: Pick<DeviceOfferView, "start" | "isLoading" | "error">): ReactNode {
  const { isBusy, error: refusal, attempt } = useAttempt();
  return (
    <div className="grid gap-4">
      <p className="text-[13.5px]">
        A link makes one new device yours: it gets your spaces with their history, and writes as you. Have it
        before you, with Kith started on it.
      </p>
      <ErrorNote failure={refusal ?? error} />
      <Button look="primary" autoFocus disabled={isBusy || isLoading} onClick={() => void attempt(start)}>
        Make the link
      </Button>
    </div>
  );
}

function Link({
  offer: { link, expires, state, name },
  stop,
  onClose,
}: Pick<DeviceOfferView, "stop"> & { offer: DeviceOffer; onClose(): void }): ReactNode {
  const { isBusy, error, attempt } = useAttempt();
  return (
    <div className="grid justify-items-center gap-3">
      <ol className="text-muted grid w-full list-decimal gap-1 pl-5 text-[13px]">
        <li>On the new device choose “This is another device of mine”.</li>
        <li>Scan this code there, or paste the link.</li>
        <li>It shows six digits, which you type here.</li>
      </ol>
      <QrCode text={link} label="The link for a new device as a QR code" />
      <CopiedText
        label="Link for a new device"
        text={link}
        autoFocus
        beside={
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await stop();
                onClose();
              })
            }
          >
            End the link
          </Button>
        }
        note={
          <p role="status" className="text-muted w-full text-[12.5px]">
            {state === "asked" ? (
              <>“{name}” has taken it, and gets ready to show its digits…</>
            ) : (
              <>
                <TimeLeft expires={expires} /> For one device, and for your eyes: whoever takes it is let in
                only by the digits.
              </>
            )}
          </p>
        }
      />
      <ErrorNote failure={error} />
    </div>
  );
}

/** Also where a link is out and its dialog closed. */
export function TimeLeft({ expires }: { expires: string }): ReactNode {
  const leftMs = Date.parse(expires) - useNowMs();
  const minutes = Math.max(1, Math.ceil(leftMs / 60_000));
  const time = new Date(expires).toLocaleTimeString(undefined, { timeStyle: "short" });
  return `Good until ${time}, ${countOf(minutes, "minute")} more.`;
}

function Digits({
  offer: { name },
  stop,
  confirm,
}: Pick<DeviceOfferView, "stop" | "confirm"> & { offer: DeviceOffer }): ReactNode {
  const announce = useAnnounce();
  const [code, setCode] = useState("");
  const { isBusy, error, attempt } = useAttempt();
  const digits = code.replaceAll(/\s/g, "");
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(async () => {
          await confirm(digits);
          announce(`${name ?? "The device"} is linked.`);
        });
      }}
    >
      <p role="status" className="text-[13.5px]">
        <strong>“{name ?? "A device"}”</strong> has taken the link. It shows six digits: type them here.
      </p>
      <TextField
        label="Digits on the new device"
        hint="Read them off its screen, and let nobody tell you others: they are what shows that it is this device that you let in."
        value={code}
        error={error === null ? null : `${error.message} ${error.next}`}
        autoFocus
        inputMode="numeric"
        autoComplete="off"
        spellCheck={false}
        maxLength={12}
        onChange={(event) => setCode(event.target.value)}
      />
      {isBusy && (
        <p role="status" className="text-muted text-[12.5px]">
          Making it a device of yours, in each of your spaces…
        </p>
      )}
      {error === null && (
        <p className="text-muted text-[12.5px]">
          If your new device shows no digits, somebody else took the link: end it.
        </p>
      )}
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="danger" disabled={isBusy} onClick={() => void attempt(stop)}>
          It is not mine: end the link
        </Button>
        <Button type="submit" look="primary" className="ml-auto" disabled={digits.length !== 6 || isBusy}>
          Link it
        </Button>
      </div>
    </form>
  );
}

function Outcome({
  outcome,
  start,
  stop,
  onClose,
}: Pick<DeviceOfferView, "start" | "stop"> & { outcome: OfferOutcome; onClose(): void }): ReactNode {
  const { isBusy, error, attempt } = useAttempt();
  if (outcome.how === "linked")
    return (
      <div className="grid gap-4">
        <p role="status" className="text-[14px]">
          <StatusWords level="ok">“{outcome.device.name ?? "The device"}” is linked</StatusWords>
        </p>
        <p className="text-[13.5px]">
          Your spaces and their history go over to it now. Keep both devices on until they are there.
        </p>
        <div className="flex justify-end">
          <Button
            look="primary"
            autoFocus
            onClick={() => {
              onClose();
              void attempt(stop);
            }}
          >
            Done
          </Button>
        </div>
      </div>
    );
  return (
    <div className="grid gap-4">
      <p role="alert" className="text-[13.5px]">
        <StatusWords level="warn">{describeOutcome(outcome.how)}</StatusWords>
      </p>
      <ErrorNote failure={error} />
      <Button look="primary" autoFocus disabled={isBusy} onClick={() => void attempt(start)}>
        Make a new link
      </Button>
    </div>
  );
}
