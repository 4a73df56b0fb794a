/** A conversation or a whole space falls silent: it is counted on, without emphasis. */
import { useConversations, useSpaces } from "@kith/react";
import type { Conversation, Space } from "@kith/react";
import { Bell, BellOff } from "lucide-react";
import { useRef } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { IconButton } from "../parts/buttons.tsx";
import { describeFailure } from "../parts/failure.ts";

/** With the channels that are made later. */
export function MuteSpaceButton({ id, name, muted }: Pick<Space, "id" | "name" | "muted">): ReactNode {
  const { muteSpace } = useSpaces();
  return (
    <MuteButton
      label={muted ? `Unmute ${name}` : `Mute ${name}`}
      muted={muted}
      size={15}
      className="size-8"
      onMute={(next) => muteSpace(id, next)}
    />
  );
}

export function MuteConversationButton({
  channel,
  muted,
  space,
  spaceName,
}: Pick<Conversation, "channel" | "muted" | "space" | "spaceName">): ReactNode {
  const { mute } = useConversations();
  const { spaces } = useSpaces();
  if (spaces.some((one) => one.id === space && one.muted))
    return (
      <IconButton label={`Muted with all of ${spaceName}`} disabled>
        <BellOff size={17} aria-hidden="true" />
      </IconButton>
    );
  return (
    <MuteButton
      label={muted ? "Unmute this conversation" : "Mute this conversation"}
      muted={muted}
      size={17}
      onMute={(next) => mute(channel, next)}
    />
  );
}

function MuteButton(props: {
  readonly label: string;
  readonly muted: boolean;
  readonly size: number;
  readonly className?: string;
  onMute(muted: boolean): Promise<void>;
}): ReactNode {
  const { label, muted, size, className = "", onMute } = props;
  const announce = useAnnounce();
  // Not disabled meanwhile: it would lose the focus.
  const isBusy = useRef(false);
  async function change(): Promise<void> {
    if (isBusy.current) return;
    isBusy.current = true;
    try {
      await onMute(!muted);
      announce(muted ? "No longer muted." : "Muted: nothing in it is told of.");
    } catch (error) {
      announce(`It did not work. ${describeFailure(error)}`);
    } finally {
      isBusy.current = false;
    }
  }
  const Icon = muted ? BellOff : Bell;
  return (
    <IconButton label={label} className={className} aria-pressed={muted} onClick={() => void change()}>
      <Icon size={size} aria-hidden="true" />
    </IconButton>
  );
}
