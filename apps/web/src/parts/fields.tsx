/** Things to fill in. */
import { useId } from "react";
import type { ComponentProps, ReactNode } from "react";

const box =
  "border-line bg-raised w-full min-h-10 rounded-lg border px-3 text-[14px] focus-visible:outline-offset-0 aria-invalid:border-bad";

interface Around {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | null | undefined;
}

function useAround({ hint, error }: Around) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return { id, describedBy: describedBy === "" ? undefined : describedBy };
}

function Labelled({
  id,
  label,
  hint,
  error,
  children,
}: Around & { id: string; children: ReactNode }): ReactNode {
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-[12.5px]">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-bad text-[12.5px]">
          <span aria-hidden="true">■ </span>
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...rest }: Around & ComponentProps<"input">): ReactNode {
  const { id, describedBy } = useAround({ label, hint, error });
  return (
    <Labelled {...{ id, label, hint, error }}>
      <input
        id={id}
        className={box}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy}
        {...rest}
      />
    </Labelled>
  );
}

export function Select({
  label,
  hint,
  options,
  ...rest
}: Around &
  ComponentProps<"select"> & { options: readonly (readonly [value: string, words: string])[] }): ReactNode {
  const { id, describedBy } = useAround({ label, hint });
  return (
    <Labelled {...{ id, label, hint }}>
      <select id={id} className={box} aria-describedby={describedBy} {...rest}>
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** One of a few, all of them in sight, each with what it means. */
export function Choice<Value extends string>({
  legend,
  options,
  value,
  onChange,
}: {
  legend: string;
  options: readonly { readonly value: Value; readonly words: string; readonly means: string }[];
  value: Value;
  onChange: (value: Value) => void;
}): ReactNode {
  const name = useId();
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">{legend}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className="border-line has-checked:border-accent has-checked:bg-accent-soft flex cursor-pointer gap-2.5 rounded-lg border p-3"
        >
          <input
            type="radio"
            name={name}
            className="accent-accent mt-1"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span className="grid">
            <span className="font-medium">{option.words}</span>
            <span className="text-muted text-[12.5px]">{option.means}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
