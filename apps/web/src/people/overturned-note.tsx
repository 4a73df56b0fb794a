/** That somebody's decision about a member was undone by a senior's, said to who may make it again or leave it so. */
import type { Member, MembersView } from "@kith/react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { aRole } from "./role-words.ts";

export function OverturnedNote({
  member: { person, name, overturned },
  changeRole,
  letOverturnedBe,
  onRemove,
}: { readonly member: Member; onRemove(): void } & Pick<
  MembersView,
  "changeRole" | "letOverturnedBe"
>): ReactNode {
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  if (overturned === null) return null;
  // Only a demotion has a role.
  const { role, byName } = overturned;
  return (
    <div role="note" aria-label={`Undone about ${name}`} className="grid gap-2 pt-1 text-[12.5px]">
      <p>
        <StatusWords level="warn">
          <bdi>{byName ?? "Somebody"}</bdi>{" "}
          {role === null ? (
            <>
              removed <bdi>{name}</bdi>
            </>
          ) : (
            <>
              made <bdi>{name}</bdi> {aRole[role]}
            </>
          )}
          , and lost the right to it at the same time: it does not count. You may do it again.
        </StatusWords>
      </p>
      <ErrorNote failure={error} />
      <div className="flex flex-wrap gap-2">
        {role === null ? (
          <Button size="small" look="danger" disabled={isBusy} onClick={onRemove}>
            Remove {name}…
          </Button>
        ) : (
          <Button
            size="small"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await changeRole(person, role);
                announce(`${name} is ${aRole[role]} now.`);
              })
            }
          >
            Make {name} {aRole[role]}
          </Button>
        )}
        <Button
          size="small"
          look="quiet"
          disabled={isBusy}
          onClick={() =>
            void attempt(async () => {
              await letOverturnedBe(person);
              announce(`${name} stays.`);
            })
          }
        >
          Leave it so
        </Button>
      </div>
    </div>
  );
}
