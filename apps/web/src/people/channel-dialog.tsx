/** Who is in a private channel: adding people, ending somebody's part in it, leaving. spec/space SP52-SP54. */
import { useChannelMembers, useMembers } from "@kith/react";
import type { Conversation, Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Select } from "../parts/fields.tsx";
import { Avatar } from "../parts/person.tsx";
import { mayWrite } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { go } from "../routes.ts";
import { PersonDialog, PersonName } from "./person-dialog.tsx";
import type { Somebody } from "./person-dialog.tsx";

export function ChannelDialog({
  space,
  conversation,
  onClose,
}: {
  readonly space: Space;
  readonly conversation: Conversation;
  onClose(): void;
}): ReactNode {
  const { channel, name } = conversation;
  const announce = useAnnounce();
  const inside = useChannelMembers(space.id, channel);
  const { members } = useMembers(space.id);
  const outside = members.filter(({ person }) => !inside.members.some((one) => one.person === person));
  const [wanted, setWanted] = useState("");
  /** Whose part is about to end. */
  const [leaving, setLeaving] = useState<string | null>(null);
  const [about, setAbout] = useState<Somebody | null>(null);
  const { isBusy, error, attempt } = useAttempt();
  const history = space.channels.find(({ id }) => id === channel)?.history;
  const newcomer = outside.find(({ person }) => person === wanted) ?? outside[0];
  const isLeaving = inside.members.some(({ person, self }) => self && person === leaving);

  function remove(person: string, who: string): void {
    void attempt(async () => {
      await inside.remove(person);
      announce(`${who} was removed from ${name}. Its keys are new.`);
      setLeaving(null);
    });
  }
  function leave(person: string): void {
    void attempt(async () => {
      await inside.remove(person);
      announce(`You have left ${name}.`);
      onClose();
      go({ at: "home" });
    });
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`People in ${name}`}>
      <div className="grid gap-4">
        <p className="text-muted text-[12.5px]">
          A private channel. Nobody else in <bdi>{space.name}</bdi> learns that it exists.
        </p>
        <ErrorNote failure={error ?? inside.error} />
        <ul aria-busy={inside.isLoading}>
          {inside.members.map(({ person, name: who, self, may, avatar }) => (
            <li key={person} className="border-line flex items-center gap-3 border-t py-2 first:border-t-0">
              <Avatar id={person} name={who} picture={avatar} size={28} />
              {self ? (
                <span className="min-w-0 flex-1 truncate text-[13.5px]">
                  <bdi>{who}</bdi>
                  <span className="text-muted"> (you)</span>
                </span>
              ) : (
                <span className="flex min-w-0 flex-1 text-[13.5px]">
                  <PersonName name={who} onOpen={() => setAbout({ person, name: who })} />
                </span>
              )}
              {leaving === person && !self ? (
                <>
                  <Button size="small" onClick={() => setLeaving(null)}>
                    Keep
                  </Button>
                  <Button size="small" look="danger" disabled={isBusy} onClick={() => remove(person, who)}>
                    Remove {who}
                  </Button>
                </>
              ) : (
                may.remove &&
                leaving !== person && (
                  <Button
                    size="small"
                    look="quiet"
                    aria-label={self ? `Leave ${name}…` : `Remove ${who}…`}
                    onClick={() => setLeaving(person)}
                  >
                    {self ? "Leave…" : "Remove…"}
                  </Button>
                )
              )}
            </li>
          ))}
        </ul>
        {isLeaving && leaving !== null && (
          <Leaving
            name={name}
            isAlone={inside.members.length === 1}
            isBusy={isBusy}
            onLeave={() => leave(leaving)}
            onStay={() => setLeaving(null)}
          />
        )}
        {mayWrite(space) && newcomer && !isLeaving && (
          <form
            className="border-line grid gap-3 border-t pt-4"
            onSubmit={(event) => {
              event.preventDefault();
              void attempt(async () => {
                await inside.add(newcomer.person);
                announce(`${newcomer.name} is in ${name} now.`);
              });
            }}
          >
            <Select
              label="Add somebody"
              hint={
                history === "from-joining"
                  ? "They read what is written from now on, and nothing from before."
                  : "They read what was written here before."
              }
              value={newcomer.person}
              onChange={(event) => setWanted(event.target.value)}
              options={outside.map(({ person, name: who }) => [person, who])}
            />
            <div className="flex justify-end">
              <Button type="submit" look="primary" disabled={isBusy}>
                Add
              </Button>
            </div>
          </form>
        )}
      </div>
      {about && <PersonDialog {...about} onClose={() => setAbout(null)} />}
    </Dialog>
  );
}

function Leaving({
  name,
  isAlone,
  isBusy,
  onLeave,
  onStay,
}: {
  readonly name: string;
  readonly isAlone: boolean;
  readonly isBusy: boolean;
  onLeave(): void;
  onStay(): void;
}): ReactNode {
  return (
    <section aria-label={`Leave ${name}`} className="border-line grid gap-3 border-t pt-4">
      <p className="text-[13.5px]">
        You no longer read or write in <bdi className="font-medium">{name}</bdi>, on no device of yours: it
        goes from your list.{" "}
        {isAlone
          ? "You are the last one in it: nobody can bring you back."
          : "The others see that you are gone; only they can add you again."}
      </p>
      <p className="text-muted text-[12.5px]">
        What you wrote stays with those who have it, and what you have read stays on this device, encrypted,
        until you reset it.
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onStay}>Stay</Button>
        <Button look="danger" disabled={isBusy} onClick={onLeave}>
          Leave {name}
        </Button>
      </div>
    </section>
  );
}
