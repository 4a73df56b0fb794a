/** Choosing among the other members of a space. */
import { useMembers } from "@kith/react";
import type { Space } from "@kith/react";
import type { ReactNode } from "react";
import { Avatar } from "../parts/person.tsx";
import { ErrorNote } from "../parts/status.tsx";

export function PeoplePicker({
  space,
  chosen,
  onChange,
}: {
  readonly space: Space;
  readonly chosen: ReadonlySet<string>;
  onChange(chosen: ReadonlySet<string>): void;
}): ReactNode {
  const { members, error } = useMembers(space.id);
  const others = members.filter(({ self }) => !self);
  function toggle(person: string): void {
    const next = new Set(chosen);
    if (!next.delete(person)) next.add(person);
    onChange(next);
  }
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-[13px] font-medium">People in it besides you</legend>
      <ErrorNote failure={error} />
      {others.length === 0 && (
        <p className="text-muted text-[12.5px]">Nobody else is in the space yet. You can add people later.</p>
      )}
      <div className="max-h-56 overflow-y-auto">
        {others.map(({ person, name }) => (
          <label
            key={person}
            className="hover:bg-rail flex min-h-10 cursor-pointer items-center gap-2.5 rounded-lg px-2"
          >
            <input
              type="checkbox"
              className="accent-accent size-4"
              checked={chosen.has(person)}
              onChange={() => toggle(person)}
            />
            <Avatar id={person} name={name} size={24} />
            <bdi className="min-w-0 truncate text-[13.5px]">{name}</bdi>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
