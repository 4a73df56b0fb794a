/** The way to the camera beside a field that takes a code. The decoder is loaded when somebody presses it. */
import { ScanQrCode } from "lucide-react";
import { Suspense, lazy, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./buttons.tsx";
import type { ScanWords } from "./scan-dialog.tsx";

const ScanDialog = lazy(async () => ({ default: (await import("./scan-dialog.tsx")).ScanDialog }));

/** Not where the page came by plain HTTP from another machine: browsers give that no camera. */
const hasCameras = "mediaDevices" in navigator;

export function ScanButton(words: ScanWords): ReactNode {
  const [isOpen, setOpen] = useState(false);
  if (!hasCameras) return null;
  return (
    <>
      <Button className="justify-self-start" onClick={() => setOpen(true)}>
        <ScanQrCode size={16} aria-hidden="true" />
        Scan a code
      </Button>
      {isOpen && (
        <Suspense>
          <ScanDialog {...words} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
