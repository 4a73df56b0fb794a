/** A new space, or a new channel in one. */
import { useSpaces } from "@kith/react";
import { describeFailure } from "../parts/failure.ts";
import type { Space } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { PeoplePicker } from "../people/people-picker.tsx";
import { go } from "../routes.ts";
import { KnownPeoplePicker } from "../talk/known-people-picker.tsx";
import { useTalkTo } from "../talk/use-talk-to.ts";

const kinds = [
  { value: "community", words: "A space", means: "Many channels; people come in by invitations." },
  { value: "group", words: "A group", means: "One conversation of people you choose; each is asked." },
  { value: "direct", words: "One person", means: "Only the two of you; they are asked first." },
] as const;

type Kind = (typeof kinds)[number]["value"];

const titles: Readonly<Record<Kind, string>> = {
  community: "New space",
  group: "New group",
  direct: "New direct conversation",
};

const reaches = [
  { value: "open", words: "Everybody in the space", means: "They all can read it; members write in it." },
  {
    value: "private",
    words: "Only people you choose",
    means: "Nobody else learns that it exists.",
  },
] as const;

const histories = [
  { value: "all", words: "New members see all", means: "Whoever comes later reads what was written before." },
  {
    value: "from-joining",
    words: "New members see what is written after they join",
    means:
      "What was said before stays with those who were here. That somebody wrote, and when, they can tell.",
  },
] as const;

type History = (typeof histories)[number]["value"];

export function CreateDialog({
  target,
  onClose,
}: {
  target: { space: Space | null } | null;
  onClose: () => void;
}): ReactNode {
  const { createSpace, createChannel } = useSpaces();
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [reach, setReach] = useState<"open" | "private">("open");
  const [people, setPeople] = useState<ReadonlySet<string>>(new Set());
  const [kind, setKind] = useState<Kind>("community");
  const [text, setText] = useState("");
  const [history, setHistory] = useState<History>("all");
  const talkTo = useTalkTo();
  const space = target?.space ?? null;
  const isDirect = space === null && kind === "direct";
  const isReady = isDirect ? people.size === 1 : name.trim() !== "";

  function close(): void {
    setName("");
    setError(null);
    setReach("open");
    setPeople(new Set());
    setKind("community");
    setText("");
    setHistory("all");
    onClose();
  }

  async function create(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (space)
        await createChannel(space.id, {
          name: name.trim(),
          ...(reach === "private" && { private: true, people: [...people], history }),
        });
      else if (isDirect) {
        const [person = ""] = people;
        await talkTo(person, text.trim() === "" ? undefined : text);
      } else {
        const made = await createSpace({
          name: name.trim(),
          history,
          ...(kind === "group" && { kind, people: [...people] }),
        });
        const first = made.channels[0];
        if (first) go({ at: "channel", channel: first.id });
      }
      close();
    } catch (cause) {
      setError(describeFailure(cause));
    }
    setBusy(false);
  }

  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => !open && close()}
      title={space ? `New channel in ${space.name}` : titles[kind]}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        {!space && (
          <Choice
            legend="What is it?"
            options={kinds}
            value={kind}
            onChange={(next) => {
              setKind(next);
              setPeople(new Set());
            }}
          />
        )}
        {!space && kind !== "community" && (
          <KnownPeoplePicker
            legend={isDirect ? "With whom?" : "Who is asked?"}
            several={!isDirect}
            chosen={people}
            onChange={setPeople}
          />
        )}
        {isDirect ? (
          <TextField
            label="First message (may be left out)"
            hint="How it begins is all they see before they accept."
            value={text}
            error={error}
            onChange={(event) => setText(event.target.value)}
          />
        ) : (
          <TextField
            label={
              space ? "Name of the channel" : kind === "group" ? "Name of the group" : "Name of the space"
            }
            hint={
              space
                ? undefined
                : kind === "group"
                  ? "Those who are asked see it."
                  : "People see it when you invite them. You can have many spaces; they know nothing of each other."
            }
            value={name}
            error={error}
            autoFocus
            maxLength={80}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        {space && <Choice legend="Who is it for?" options={reaches} value={reach} onChange={setReach} />}
        {space && reach === "private" && <PeoplePicker space={space} chosen={people} onChange={setPeople} />}
        {!isDirect && (!space || reach === "private") && (
          <Choice
            legend="What do those see who come later? It stays so for good."
            options={histories}
            value={history}
            onChange={setHistory}
          />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isReady || isBusy}>
            {isDirect ? "Begin" : "Create"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
