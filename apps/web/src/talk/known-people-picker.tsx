/** Choosing among the people one knows: one of them, or several. */
import { usePeople } from "@kith/react";
import { useId, useState } from "react";
import type { ReactNode } from "react";
import { TextField } from "../parts/fields.tsx";
import { Avatar } from "../parts/person.tsx";
import { ErrorNote } from "../parts/status.tsx";

/** With more than fit, a name is typed. */
const LOOK_FROM = 8;

export function KnownPeoplePicker({
  legend,
  several,
  without,
  chosen,
  onChange,
}: {
  readonly legend: string;
  readonly several: boolean;
  /** Who is not offered, by their ids. */
  readonly without?: ReadonlySet<string>;
  readonly chosen: ReadonlySet<string>;
  onChange(chosen: ReadonlySet<string>): void;
}): ReactNode {
  const { people, isLoading, error } = usePeople();
  const name = useId();
  const [sought, setSought] = useState("");
  const known = people.filter(({ blocked, person }) => !blocked && without?.has(person) !== true);
  const shown = known.filter((one) => one.name.toLowerCase().includes(sought.trim().toLowerCase()));
  function toggle(person: string): void {
    const next = new Set(several ? chosen : []);
    if (!several || !chosen.has(person)) next.add(person);
    else next.delete(person);
    onChange(next);
  }
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-[13px] font-medium">{legend}</legend>
      <ErrorNote failure={error} />
      {known.length >= LOOK_FROM && (
        <TextField label="Find by name" value={sought} onChange={(event) => setSought(event.target.value)} />
      )}
      {!isLoading && shown.length === 0 && (
        <p className="text-muted text-[12.5px]">
          {known.length > 0
            ? "Nobody of that name."
            : people.length > 0
              ? "Everybody you know is in it or asked already."
              : "You share a space with nobody yet, and nobody nearby is visible."}
        </p>
      )}
      <div className="max-h-56 overflow-y-auto">
        {shown.map((one) => (
          <label
            key={one.person}
            className="hover:bg-rail flex min-h-10 cursor-pointer items-center gap-2.5 rounded-lg px-2"
          >
            <input
              type={several ? "checkbox" : "radio"}
              name={name}
              className="accent-accent size-4"
              checked={chosen.has(one.person)}
              onChange={() => toggle(one.person)}
            />
            <Avatar id={one.person} name={one.name} size={24} />
            <span className="grid min-w-0">
              <bdi className="truncate text-[13.5px]">{one.name}</bdi>
              <span className="text-muted truncate text-[12px]">
                {one.common.length === 0 ? "nearby, no common space" : <bdi>{one.common.join(", ")}</bdi>}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
