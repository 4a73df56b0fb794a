/** What stands before a channel's name: a lock where only its people know of it. */
import { Hash, Lock } from "lucide-react";
import type { ReactNode } from "react";

export function ChannelMark({ isPrivate, size }: { isPrivate: boolean; size: number }): ReactNode {
  if (!isPrivate) return <Hash size={size} className="text-muted shrink-0" aria-hidden="true" />;
  return (
    <>
      <Lock size={size} className="text-muted shrink-0" aria-hidden="true" />
      <span className="sr-only">Private channel: </span>
    </>
  );
}
