/** How others see this person: name, status and picture. */
import { useP2PConnection } from "@kith/react";
import type { P2PConnection } from "@kith/react";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { describeFailure } from "../parts/failure.ts";
import { TextField } from "../parts/fields.tsx";
import { Avatar } from "../parts/person.tsx";
import { PictureFault, toPicture } from "./picture.ts";

type Me = NonNullable<P2PConnection["me"]>;

export function ProfileForm({ me }: { me: Me }): ReactNode {
  const { rename, changeProfile } = useP2PConnection();
  const announce = useAnnounce();
  const [name, setName] = useState(me.name);
  const [status, setStatus] = useState(me.status ?? "");
  const [error, setError] = useState<string | null>(null);
  const [pictureError, setPictureError] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const isChanged = name.trim() !== me.name || status.trim() !== (me.status ?? "");

  async function save(): Promise<void> {
    try {
      if (name.trim() !== me.name) await rename(name.trim());
      if (status.trim() !== (me.status ?? "")) await changeProfile({ status: status.trim() || null });
      setError(null);
      announce("Profile saved");
    } catch (cause) {
      setError(describeFailure(cause));
    }
  }

  async function setPicture(chosen: Blob | null): Promise<void> {
    try {
      const avatar = chosen && (await toPicture(chosen));
      if (avatar instanceof PictureFault) return setPictureError(avatar.words);
      await changeProfile({ avatar });
      setPictureError(null);
      announce(avatar === null ? "Picture removed" : "Picture saved");
    } catch (cause) {
      setPictureError(describeFailure(cause));
    }
  }

  return (
    <form
      className="border-line grid gap-3 rounded-xl border p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="flex flex-wrap items-center gap-3">
        <Avatar id={me.person} name={me.name} picture={me.avatar} size={56} />
        <input
          ref={file}
          type="file"
          accept="image/*"
          aria-label="Picture file"
          className="hidden"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            if (chosen) void setPicture(chosen);
          }}
        />
        <Button onClick={() => file.current?.click()}>
          {me.avatar === null ? "Choose a picture" : "Change the picture"}
        </Button>
        {me.avatar !== null && <Button onClick={() => void setPicture(null)}>Remove it</Button>}
        {pictureError !== null && (
          <p role="alert" className="text-bad w-full text-[12.5px]">
            ■ {pictureError}
          </p>
        )}
      </div>
      <TextField
        label="Your name"
        hint="Everybody you share a space with sees it, and the picture and status too."
        value={name}
        error={error}
        maxLength={80}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Status"
        hint="A line about you; may stay empty."
        value={status}
        maxLength={140}
        onChange={(event) => setStatus(event.target.value)}
      />
      <div>
        <Button type="submit" look="primary" disabled={name.trim() === "" || !isChanged}>
          Save
        </Button>
      </div>
    </form>
  );
}
