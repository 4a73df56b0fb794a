/** Things to press. */
import type { ComponentProps, ReactNode } from "react";

const looks = {
  primary: "bg-accent text-on-accent hover:brightness-95",
  plain: "border border-line bg-raised text-text hover:bg-rail",
  quiet: "text-muted hover:text-text hover:bg-rail",
  danger: "border border-bad text-bad hover:bg-bad-soft",
} as const;

const base =
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium transition-colors disabled:opacity-55 disabled:cursor-default";

export type ButtonProps = ComponentProps<"button"> & { look?: keyof typeof looks; size?: "small" | "normal" };

export function Button({ look = "plain", size = "normal", className = "", ...rest }: ButtonProps): ReactNode {
  const room = size === "small" ? "min-h-7 px-2.5 text-[12.5px]" : "min-h-9 px-3.5 text-[13.5px]";
  return <button type="button" className={`${base} ${room} ${looks[look]} ${className}`} {...rest} />;
}

/** A picture to press: its name is always there for those who do not see it. */
export function IconButton({
  label,
  className = "",
  children,
  ...rest
}: ComponentProps<"button"> & { label: string }): ReactNode {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`text-muted hover:text-text hover:bg-rail grid size-9 shrink-0 place-content-center rounded-lg transition-colors disabled:opacity-55 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
