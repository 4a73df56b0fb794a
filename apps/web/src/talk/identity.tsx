/** In a direct conversation: whether it is with whom one thinks. Who was verified and has changed is not written to before one has looked. */
import type { Verification } from "@kith/contract";
import { useMembers } from "@kith/react";
import type { Conversation, Member } from "@kith/react";
import { ScanEye } from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button, IconButton } from "../parts/buttons.tsx";
import { ErrorNote, Shape } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { doubtWords } from "../people/doubt-words.ts";
import { VerifyDialog } from "../people/verify-dialog.tsx";

/** Of the other in a direct conversation; null elsewhere, and while it is not known. */
export function useIdentity({ space, direct }: Conversation): Member["verification"] | null {
  const { members } = useMembers(direct === null ? null : space);
  return members.find(({ person }) => person === direct?.person)?.verification ?? null;
}

export function VerifyButton({ direct }: Pick<Conversation, "direct">): ReactNode {
  const [isOpen, setOpen] = useState(false);
  if (direct === null) return null;
  return (
    <>
      <IconButton label={`Verify ${direct.name}`} onClick={() => setOpen(true)}>
        <ScanEye size={17} aria-hidden="true" />
      </IconButton>
      {isOpen && <VerifyDialog {...direct} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What happened, asked for anew whenever the state differs. */
function useDoubts(person: string | null, state: Member["verification"] | null): Verification["doubts"] {
  const [doubts, setDoubts] = useState<Verification["doubts"]>([]);
  useEffect(() => {
    let isOver = false;
    if (person !== null && state !== null)
      client.verification(person).then(
        (known) => {
          if (!isOver) setDoubts(known.doubts);
        },
        // A node that does not answer is told of elsewhere, and nothing is known of the person then.
        () => undefined,
      );
    return () => {
      isOver = true;
    };
  }, [person, state]);
  return doubts;
}

/** Of somebody who was never verified: told, and no more. */
export function IdentityNotice({
  direct,
  identity,
}: Pick<Conversation, "direct"> & { readonly identity: Member["verification"] | null }): ReactNode {
  const doubts = useDoubts(identity === "unverified" ? (direct?.person ?? null) : null, identity);
  const last = doubts.at(-1);
  if (direct === null || identity !== "unverified" || last === undefined) return null;
  return (
    <p
      role="status"
      className="border-line bg-rail flex items-start gap-2 border-b px-5 py-2 text-[12.5px] max-md:px-3"
    >
      <span className="pt-1">
        <Shape level="warn" />
      </span>
      <span>{doubtWords(last, direct.name)}</span>
    </p>
  );
}

/** In place of the field where one writes. */
export function ChangedIdentity({
  person,
  name,
}: {
  readonly person: string;
  readonly name: string;
}): ReactNode {
  const announce = useAnnounce();
  const doubts = useDoubts(person, "changed");
  const [isOpen, setOpen] = useState(false);
  const { isBusy, error, attempt } = useAttempt();
  const namesake = doubts.find(({ reason }) => reason === "another-root")?.other ?? null;
  return (
    <section
      aria-label={`The identity of ${name} has changed`}
      className="border-bad bg-bad-soft grid gap-2 border-t p-4"
    >
      <h2 className="flex items-center gap-2 text-[13.5px] font-semibold">
        <Shape level="bad" />
        <span>
          The identity of <bdi>{name}</bdi> has changed
        </span>
      </h2>
      {doubts.map((doubt) => (
        <p key={`${doubt.reason} ${doubt.device ?? doubt.other}`} className="text-[13px]">
          {doubtWords(doubt, name)}
        </p>
      ))}
      <p className="text-[13px]">
        Nothing is sent from here until you have compared again, or said that you do not need to.
      </p>
      <ErrorNote failure={error} />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={() => setOpen(true)}>
          Compare again
        </Button>
        <Button
          disabled={isBusy}
          onClick={() =>
            void attempt(async () => {
              await client.withdrawVerification(namesake ?? person);
              announce(`${name} counts as not verified.`);
            })
          }
        >
          Withdraw the verification
        </Button>
      </div>
      {isOpen && <VerifyDialog person={person} name={name} onClose={() => setOpen(false)} />}
    </section>
  );
}
