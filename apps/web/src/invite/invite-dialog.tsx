/** Inviting: what the link will do, then the link, and those that are out. */
import { useInvites } from "@kith/react";
import { toFailure } from "../parts/failure.ts";
import type { Invite, InviteCreated, Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { CopiedText } from "../parts/copied-text.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Select } from "../parts/fields.tsx";
import { INVITE_REASON, mayInvite } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useNowMs } from "../parts/use-now.ts";
import { describeChoice, expiries, grantWords, overWords, untilWords, uses } from "./invite-words.ts";
import type { InviteChoice } from "./invite-words.ts";
import { LinksOver } from "./links-over.tsx";
import { QrCode } from "./qr.tsx";

interface InviteDialogProps {
  readonly space: Space;
  readonly open: boolean;
  onOpenChange(open: boolean): void;
}

export function InviteDialog({ space, open, onOpenChange }: InviteDialogProps): ReactNode {
  const { invites, create, revoke, isLoading } = useInvites(open ? space.id : null);
  const [choice, setChoice] = useState<InviteChoice>({ role: "member", expires: "7d", uses: 1 });
  const [made, setMade] = useState<InviteCreated | null>(null);
  const [error, setError] = useState<ReturnType<typeof toFailure> | null>(null);
  const [isBusy, setBusy] = useState(false);
  const nowMs = useNowMs();

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (cause) {
      setError(toFailure(cause));
    }
    setBusy(false);
  }

  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Invite to ${space.name}`}>
      <div className="grid gap-4">
        <ErrorNote failure={error} />
        {!mayInvite(space) ? (
          <p>{INVITE_REASON}</p>
        ) : made === null ? (
          <form
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void attempt(async () => setMade(await create({ ...choice, mode: "gated" })));
            }}
          >
            <div className="grid grid-cols-[1.25fr_1fr_1fr] gap-3 max-[460px]:grid-cols-1">
              <Select
                label="They may"
                options={[
                  ["member", "Read and write"],
                  ["reader", "Read"],
                ]}
                value={choice.role}
                onChange={(event) =>
                  setChoice({ ...choice, role: event.target.value === "reader" ? "reader" : "member" })
                }
              />
              <Select
                label="Link works for"
                options={expiries}
                value={choice.expires}
                onChange={(event) => setChoice({ ...choice, expires: event.target.value })}
              />
              <Select
                label="How many"
                options={uses.map(
                  (count) => [String(count), count === 1 ? "1 person" : `${count} people`] as const,
                )}
                value={String(choice.uses)}
                onChange={(event) => setChoice({ ...choice, uses: Number(event.target.value) })}
              />
            </div>
            <p className="text-muted text-[13px]">{describeChoice(choice, space)}</p>
            <Button type="submit" look="primary" disabled={isBusy}>
              Make the link
            </Button>
          </form>
        ) : (
          <Made made={made} onAnother={() => setMade(null)} />
        )}
        {!isLoading && mayInvite(space) && (
          <>
            <Out
              invites={invites.filter((invite) => overWords(invite, nowMs) === null)}
              isBusy={isBusy}
              onRevoke={(id) => void attempt(() => revoke(id))}
            />
            <LinksOver invites={invites} nowMs={nowMs} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Made({ made, onAnother }: { made: InviteCreated; onAnother: () => void }): ReactNode {
  return (
    <div className="grid justify-items-center gap-3">
      <QrCode text={made.link} label="The invitation link as a QR code" />
      <CopiedText
        label="Link"
        text={made.link}
        autoFocus
        beside={<Button onClick={onAnother}>Another</Button>}
        note={
          <p className="text-muted text-[12.5px]">
            Send it by a way you trust: whoever has it may join. One of your devices must be reachable when
            they do.
          </p>
        }
      />
    </div>
  );
}

function Out({
  invites,
  isBusy,
  onRevoke,
}: {
  invites: readonly Invite[];
  isBusy: boolean;
  onRevoke: (id: string) => void;
}): ReactNode {
  const [asking, setAsking] = useState<string | null>(null);
  if (invites.length === 0) return null;
  return (
    <section aria-labelledby="out" className="border-line border-t pt-3">
      <h3 id="out" className="text-[13px] font-semibold">
        Links that still work
      </h3>
      <ul className="grid gap-1.5 pt-2">
        {invites.map(({ id, expires, ...invite }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-2 text-[13px]">
            <span>
              {grantWords(invite)}
              <span className="text-muted">{expires !== null && `, ${untilWords(expires)}`}</span>
            </span>
            {asking === id ? (
              <span className="flex gap-1.5">
                <Button
                  size="small"
                  look="danger"
                  disabled={isBusy}
                  autoFocus
                  onClick={() => (setAsking(null), onRevoke(id))}
                >
                  Revoke it
                </Button>
                <Button size="small" onClick={() => setAsking(null)}>
                  Keep
                </Button>
              </span>
            ) : (
              <Button size="small" look="quiet" onClick={() => setAsking(id)}>
                Revoke…
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
