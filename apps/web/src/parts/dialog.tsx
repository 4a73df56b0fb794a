/** A dialog: holds the focus, closes by Escape, gives the focus back. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";

export function Dialog({
  open,
  onOpenChange,
  title,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
}): ReactNode {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        {/* Also over a dialog from which this one was opened. */}
        <Base.Backdrop forceRender className="fixed inset-0 z-10 bg-black/45" />
        <Base.Popup className="bg-bg border-line fixed inset-x-3 top-1/2 z-10 mx-auto max-h-[calc(100dvh-24px)] max-w-[480px] -translate-y-1/2 overflow-y-auto rounded-xl border p-5">
          <div className="mb-4 flex items-center justify-between gap-3">
            <Base.Title className="text-[16px] font-semibold">{title}</Base.Title>
            <Base.Close
              aria-label="Close"
              className="text-muted hover:text-text hover:bg-rail grid size-8 place-content-center rounded-lg"
            >
              <X size={17} aria-hidden="true" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
