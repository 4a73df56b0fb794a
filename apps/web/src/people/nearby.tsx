/** Being seen by strangers is a choice; and who else has made it. */
import { usePeers, useSpaces, useVisibility } from "@kith/react";
import { toFailure } from "../parts/failure.ts";
import type { Visibility } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { InviteDialog } from "../invite/invite-dialog.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Choice } from "../parts/fields.tsx";
import { Avatar } from "../parts/person.tsx";
import { ErrorNote } from "../parts/status.tsx";
import { useNowMs } from "../parts/use-now.ts";
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
  const [isInviting, setInviting] = useState(false);
  const space = spaces[0] ?? null;

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
                <bdi className="truncate font-medium">{peer.name}</bdi>
                <span className="text-muted text-[12.5px]">
                  On this network, seen {lastReachable(peer.lastSeen, nowMs)}
                </span>
              </span>
              {space && (
                <Button size="small" onClick={() => setInviting(true)}>
                  Invite to {space.name}
                </Button>
              )}
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
      {isInviting && space && <InviteDialog space={space} open onOpenChange={setInviting} />}
    </section>
  );
}
