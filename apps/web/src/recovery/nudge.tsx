/** Once there is something to lose: a word about recovery, which can be put away for good. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { Button } from "../parts/buttons.tsx";
import { Shape } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { go } from "../routes.ts";
import { putRecovery, useRecovery } from "./use-recovery.ts";

export function RecoveryNudge(): ReactNode {
  const recovery = useRecovery();
  const { isBusy, attempt } = useAttempt();
  if (recovery?.nudge !== true) return null;
  return (
    <aside
      aria-label="If you lose this device"
      className="border-line mx-2 mb-2 grid gap-1.5 rounded-lg border p-3 text-[12.5px]"
    >
      <p className="flex items-start gap-2 font-semibold">
        <span className="pt-1">
          <Shape level="warn" />
        </span>
        <span className="flex-1">If this device is lost, so are you</span>
        <button
          type="button"
          aria-label="Do not remind me of recovery"
          disabled={isBusy}
          className="text-muted hover:text-text grid size-6 shrink-0 place-content-center rounded-md"
          onClick={() => void attempt(async () => putRecovery(await client.dismissRecovery()))}
        >
          <X size={14} aria-hidden="true" />
        </button>
      </p>
      <p className="text-muted">
        Nobody keeps an account for you. 24 words on paper, or a backup, bring you back.
      </p>
      <div>
        <Button size="small" onClick={() => go({ at: "settings" })}>
          See to it
        </Button>
      </div>
    </aside>
  );
}
