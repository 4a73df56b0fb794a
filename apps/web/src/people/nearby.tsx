/** Being seen by strangers is a choice; and who else has made it. */
import { usePeers, useSpaces, useVisibility } from "@kith/react";
import { toFailure } from "../parts/failure.ts";
import type { Space, Visibility } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Choice } from "../parts/fields.tsx";
import { Avatar } from "../parts/person.tsx";
import { mayInvite } from "../parts/rights.ts";
import { ErrorNote } from "../parts/status.tsx";
import { useNowMs } from "../parts/use-now.ts";
import { useTalkTo } from "../talk/use-talk-to.ts";
import { PersonDialog, PersonName } from "./person-dialog.tsx";
import type { Somebody } from "./person-dialog.tsx";
import { lastReachable } from "./presence.ts";

const choices: readonly { value: Visibility; words: string; means: string }[] = [
  {
    value: "hidden",
    words: "Hidden",
    means: "Nobody finds this device on the network; known addresses are still called.",
  },
  {
    value: "members",
    words: "Members only",
    means: "People you share a space with find it; to others it is noise.",
  },
  {
    value: "nearby",
    words: "Visible nearby",
    means: "Anybody on this network sees your name, for ten minutes.",
  },
];

export function NearbyPanel(): ReactNode {
  const { visibility, set } = useVisibility();
  const { nearby } = usePeers();
  const nowMs = useNowMs();
  const { spaces } = useSpaces();
  const announce = useAnnounce();
  const [error, setError] = useState<ReturnType<typeof toFailure> | null>(null);
  /** Shown at once; the node's answer follows, and counts. */
  const [chosen, setChosen] = useState<Visibility | null>(null);
  const [inviting, setInviting] = useState<Space | null>(null);
  const [about, setAbout] = useState<Somebody | null>(null);
  const talkTo = useTalkTo();
  const open = spaces.filter((space) => mayInvite(space) && space.kind !== "direct");

  async function choose(next: Visibility): Promise<void> {
    setChosen(next);
    try {
      await set(next);
      setError(null);
      announce(choices.find(({ value }) => value === next)?.words ?? "");
    } catch (cause) {
      setError(toFailure(cause));
    } finally {
      setChosen(null);
    }
  }

  return (
    <section aria-labelledby="nearby" className="border-line grid gap-4 rounded-xl border p-4">
      <h2 id="nearby" className="text-[14px] font-semibold">
        Nearby
      </h2>
      <Choice
        legend="Who may see this device"
        options={choices}
        value={chosen ?? visibility ?? "members"}
        onChange={(next) => void choose(next)}
      />
      <ErrorNote failure={error} />
      {nearby.length > 0 ? (
        <ul className="grid gap-2">
          {nearby.map((peer) => (
            <li key={peer.id} className="flex items-center gap-3">
              <Avatar id={peer.person || peer.id} name={peer.name} size={32} />
              <span className="grid min-w-0 flex-1">
                {peer.person === "" ? (
                  <bdi className="truncate font-medium">{peer.name}</bdi>
                ) : (
                  <span className="flex font-medium">
                    <PersonName name={peer.name} onOpen={() => setAbout(peer)} />
                  </span>
                )}
                <span className="text-muted text-[12.5px]">
                  On this network, seen {lastReachable(peer.lastSeen, nowMs)}
                </span>
              </span>
              {peer.person !== "" && (
                <Button
                  size="small"
                  aria-label={`Message ${peer.name}`}
                  onClick={() =>
                    void talkTo(peer.person).catch((cause: unknown) => setError(toFailure(cause)))
                  }
                >
                  Message
                </Button>
              )}
              <InviteTo name={peer.name} spaces={open} onChoose={setInviting} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-muted text-[13px]">
          {visibility === "nearby"
            ? "Nobody else is visible on this network yet. They choose “Visible nearby” as well."
            : "To see people you share no space with, both of you choose “Visible nearby”."}
        </p>
      )}
      {about && <PersonDialog person={about.person} name={about.name} onClose={() => setAbout(null)} />}
      {inviting && (
        <InviteDialog space={inviting} open onOpenChange={(isOpen) => !isOpen && setInviting(null)} />
      )}
    </section>
  );
}

/** With one space there is nothing to choose. */
function InviteTo({
  name,
  spaces,
  onChoose,
}: {
  name: string;
  spaces: readonly Space[];
  onChoose: (space: Space) => void;
}): ReactNode {
  const [wanted, setWanted] = useState<string | null>(null);
  const [only] = spaces;
  if (only === undefined) return null;
  if (spaces.length === 1)
    return (
      <Button size="small" onClick={() => onChoose(only)}>
        Invite to <bdi>{only.name}</bdi>
      </Button>
    );
  const chosen = spaces.find(({ id }) => id === wanted) ?? only;
  return (
    <span className="flex max-w-[60%] items-center gap-2">
      <select
        aria-label={`Space to invite ${name} to`}
        className="border-line bg-raised min-h-8 min-w-0 rounded-lg border px-2 text-[12.5px]"
        value={chosen.id}
        onChange={(event) => setWanted(event.target.value)}
      >
        {spaces.map((space) => (
          <option key={space.id} value={space.id}>
            {space.name}
          </option>
        ))}
      </select>
      <Button size="small" onClick={() => onChoose(chosen)}>
        Invite
      </Button>
    </span>
  );
}
