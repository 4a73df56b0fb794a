/** A text as a QR code: dark on light in either theme, since not every camera reads the reverse. */
import { encodeQR } from "qr";
import { useMemo } from "react";
import type { ReactNode } from "react";

/** Modules of quiet around the code: ISO 18004 asks for four. */
const QUIET = 4;

export function QrCode({ text, label }: { text: string; label: string }): ReactNode {
  const { path, size } = useMemo(() => {
    const modules = encodeQR(text, "raw", { border: QUIET });
    const rows = modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { path: rows.join(""), size: modules.length };
  }, [text]);
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      className="w-full max-w-[240px] rounded-lg"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
