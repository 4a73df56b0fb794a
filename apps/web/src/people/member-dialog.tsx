/** What one may do about a member: another role, or the end of the membership, with what that means. */
import type { Member, MembersView, Role, Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Select } from "../parts/fields.tsx";
import { ranks } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { aRole, roleWords } from "./role-words.ts";

interface MemberDialogProps extends Pick<MembersView, "remove" | "changeRole"> {
  readonly space: Space;
  readonly member: Member;
  onClose(): void;
}

export function MemberDialog({ space, member, remove, changeRole, onClose }: MemberDialogProps): ReactNode {
  const announce = useAnnounce();
  const [role, setRole] = useState<Role>(member.role);
  const [isSure, setSure] = useState(false);
  const { isBusy, error, attempt } = useAttempt();
  const roles = [member.role, ...member.may.roles].sort((a, b) => ranks.indexOf(a) - ranks.indexOf(b));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={member.name}>
      <div className="grid gap-5">
        <ErrorNote failure={error} />
        {!isSure && (
          <form
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              void attempt(async () => {
                await changeRole(member.person, role);
                announce(`${member.name} is ${aRole[role]} now.`);
                onClose();
              });
            }}
          >
            <Select
              label="Role"
              hint={roleHints[role]}
              value={role}
              onChange={(event) => setRole(event.target.value as Role)}
              options={roles.map((one) => [one, roleWords[one]])}
            />
            <div className="flex justify-end">
              <Button type="submit" look="primary" disabled={isBusy || role === member.role}>
                Save the role
              </Button>
            </div>
          </form>
        )}
        <section className="border-line grid gap-3 border-t pt-4" aria-label="End the membership">
          {isSure ? (
            <>
              <p className="text-[13.5px]">
                <bdi className="font-medium">{member.name}</bdi> is out of <bdi>{space.name}</bdi> at once.
                The space gets new keys: what is written from then on, their devices cannot read.
              </p>
              <p className="text-muted text-[12.5px]">
                What they have read they have. What somebody writes who is out of reach and has not heard of
                it yet, they can still read. A new invitation brings them back.
              </p>
              <div className="flex justify-end gap-2">
                <Button onClick={() => setSure(false)}>Keep</Button>
                <Button
                  look="danger"
                  disabled={isBusy}
                  onClick={() =>
                    void attempt(async () => {
                      await remove(member.person);
                      announce(`${member.name} was removed. The keys are new.`);
                      onClose();
                    })
                  }
                >
                  Remove {member.name}
                </Button>
              </div>
            </>
          ) : (
            <div className="flex justify-end">
              <Button look="danger" onClick={() => setSure(true)}>
                Remove…
              </Button>
            </div>
          )}
        </section>
      </div>
    </Dialog>
  );
}

const roleHints: Readonly<Record<Role, string>> = {
  owner: "May do everything, and make other owners. An owner is not removed by others.",
  admin: "Invites, removes members and readers, renames the space.",
  member: "Reads, writes, and opens channels.",
  reader: "Reads, and does not write.",
};

export function LeaveDialog({
  space,
  leave,
  onClose,
}: {
  readonly space: Space;
  leave(): Promise<void>;
  onClose(): void;
}): ReactNode {
  const { isBusy, error, attempt } = useAttempt();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Leave ${space.name}?`}>
      <div className="grid gap-4">
        <ErrorNote failure={error} />
        <p className="text-[13.5px]">
          You no longer read or write here, and the others see that you left. A new invitation brings you
          back.
        </p>
        <p className="text-muted text-[12.5px]">
          What you have read stays on this device, encrypted, until you reset it.
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Stay</Button>
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await leave();
                onClose();
              })
            }
          >
            Leave
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
