/** Who asks to talk, and who waits to be let into a space. Of a request to talk: a name and how it begins, and nothing more before one has said yes. */
import { useConversations, useJoin, usePeople, useRequests, useSpaces } from "@kith/react";
import type { JoinRequest, TalkRequest } from "@kith/react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { isUnderWay } from "../join/steps.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { AppLink } from "../parts/link.tsx";
import { Avatar } from "../parts/person.tsx";
import { Screen } from "../parts/screen.tsx";
import { EmptyState, ErrorNote } from "../parts/status.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import { go } from "../routes.ts";
import { useDeciding } from "./use-deciding.ts";

export function RequestsScreen(): ReactNode {
  const { requests, isLoading, error } = useRequests();
  const deciding = useDeciding();
  const { conversations } = useConversations();
  const { joins } = useJoin();
  /** The space of the request that was accepted last: one is led there when it is here. */
  const [awaited, setAwaited] = useState<string | null>(null);
  const arrived = conversations.find(({ space, state }) => space === awaited && state === "ready")?.channel;
  useEffect(() => {
    if (arrived !== undefined) go({ at: "channel", channel: arrived });
  }, [arrived]);
  const waiting = joins.find((join) => join.space === awaited && isUnderWay(join));
  return (
    <Screen
      title="Message requests"
      lead="Nothing is joined, and nobody is told anything, before you accept."
    >
      <ErrorNote failure={error} />
      {waiting && (
        <p role="status" className="border-line rounded-xl border p-4 text-[13.5px]">
          <span className="font-medium">Accepted.</span> {waiting.detail} It goes on by itself.
        </p>
      )}
      {requests.length > 0 && (
        <ul className="border-line rounded-xl border" aria-busy={isLoading}>
          {requests.map((request) => (
            <Request key={request.id} request={request} onAccepted={setAwaited} />
          ))}
        </ul>
      )}
      {deciding.length > 0 && (
        <section aria-labelledby="waiting" className="border-line rounded-xl border">
          <h2 id="waiting" className="p-4 pb-2 text-[14px] font-semibold">
            Waiting to be let in
          </h2>
          <ul>
            {deciding.map((request) => (
              <Waiting key={request.id} request={request} />
            ))}
          </ul>
        </section>
      )}
      {!isLoading && error === null && requests.length === 0 && deciding.length === 0 && (
        <EmptyState
          title="No requests"
          action={
            <AppLink to={{ at: "people", space: null }} className="text-accent underline">
              Write to somebody
            </AppLink>
          }
        >
          When somebody wants to talk to you, they are shown here first.
        </EmptyState>
      )}
      <Blocked />
    </Screen>
  );
}

function Request({
  request,
  onAccepted,
}: {
  readonly request: TalkRequest;
  onAccepted(space: string): void;
}): ReactNode {
  const { id, name, person, text, title, common } = request;
  const { accept, decline, block } = useRequests();
  const [isSure, setSure] = useState(false);
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  return (
    <li className="border-line grid gap-2 p-4 not-first:border-t" aria-label={`Request of ${name}`}>
      <div className="flex items-start gap-3">
        <Avatar id={person} name={name} size={36} />
        <div className="grid min-w-0 flex-1 gap-0.5">
          <p className="truncate font-medium">
            <bdi>{name}</bdi>
            {title !== null && (
              <span className="font-normal">
                {" "}
                asks you into <bdi className="font-medium">{title}</bdi>
              </span>
            )}
          </p>
          <p className="text-muted text-[12.5px]">
            {common.length === 0 ? (
              "You share no space: a name alone proves nothing."
            ) : (
              <>
                In <bdi>{common.join(", ")}</bdi> with you
              </>
            )}
          </p>
          {text !== null && (
            <p dir="auto" className="max-w-[72ch] pt-1 text-[14px] break-words whitespace-pre-wrap">
              {text}
            </p>
          )}
        </div>
      </div>
      <ErrorNote failure={error} />
      {isSure ? (
        <div className="flex flex-wrap items-center justify-end gap-2">
          <p className="me-auto text-[13px]">
            Block <bdi>{name}</bdi>? You hear of them no more; they are not told.
          </p>
          <Button size="small" onClick={() => setSure(false)}>
            Cancel
          </Button>
          <Button
            size="small"
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await block(person);
                announce(`${name} is blocked.`);
              })
            }
          >
            Block {name}
          </Button>
        </div>
      ) : (
        <div className="flex flex-wrap justify-end gap-2">
          <Button size="small" look="quiet" onClick={() => setSure(true)}>
            Block…
          </Button>
          <Button
            size="small"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await decline(id);
                announce(`Declined. ${name} is not told.`);
              })
            }
          >
            Decline
          </Button>
          <Button
            size="small"
            look="primary"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                const answer = await accept(id);
                onAccepted(answer.done ? answer.space.id : answer.progress.space);
                announce(`Accepted. It opens as soon as ${name}'s device answers.`);
              })
            }
          >
            Accept
          </Button>
        </div>
      )}
    </li>
  );
}

/** One who came by an invitation that had let in as many as it may. */
function Waiting({ request }: { readonly request: JoinRequest }): ReactNode {
  const { name, person, detail } = request;
  const { approve, refuse } = useRequests();
  const { spaces } = useSpaces();
  const [isSure, setSure] = useState(false);
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  const space = spaces.find(({ id }) => id === request.space)?.name ?? "the space";
  return (
    <li className="border-line grid gap-2 border-t p-4" aria-label={`${name} waits to be let in`}>
      <div className="flex items-start gap-3">
        <Avatar id={person} name={name} size={36} />
        <div className="grid min-w-0 flex-1 gap-0.5">
          <p className="truncate">
            <bdi className="font-medium">{name}</bdi> wants into <bdi className="font-medium">{space}</bdi>
          </p>
          <p className="text-muted text-[12.5px]">{detail}</p>
        </div>
      </div>
      <ErrorNote failure={error} />
      {isSure ? (
        <div className="flex flex-wrap items-center justify-end gap-2">
          <p className="me-auto text-[13px]">
            Refuse <bdi>{name}</bdi>? They are told that it was you; another invitation lets them in.
          </p>
          <Button size="small" onClick={() => setSure(false)}>
            Cancel
          </Button>
          <Button
            size="small"
            look="danger"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await refuse(request);
                announce(`${name} was refused.`);
              })
            }
          >
            Refuse {name}
          </Button>
        </div>
      ) : (
        <div className="flex flex-wrap justify-end gap-2">
          <Button size="small" onClick={() => setSure(true)}>
            Refuse…
          </Button>
          <Button
            size="small"
            look="primary"
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await approve(request);
                announce(`${name} is let into ${space}.`);
              })
            }
          >
            Let in
          </Button>
        </div>
      )}
    </li>
  );
}

function Blocked(): ReactNode {
  const { blocked, unblock } = usePeople();
  const announce = useAnnounce();
  const { isBusy, error, attempt } = useAttempt();
  if (blocked.length === 0) return null;
  return (
    <section aria-labelledby="blocked" className="border-line rounded-xl border">
      <h2 id="blocked" className="p-4 pb-2 text-[14px] font-semibold">
        Blocked people
      </h2>
      <ErrorNote failure={error} />
      <ul>
        {blocked.map(({ person, name }) => (
          <li key={person} className="border-line flex items-center gap-3 border-t px-4 py-2.5">
            <Avatar id={person} name={name} size={28} />
            <bdi className="min-w-0 flex-1 truncate">{name}</bdi>
            <Button
              size="small"
              disabled={isBusy}
              aria-label={`Unblock ${name}`}
              onClick={() =>
                void attempt(async () => {
                  await unblock(person);
                  announce(`${name} is not blocked any more.`);
                })
              }
            >
              Unblock
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
