/** Which screen is shown, by what the node says and where the page is. */
import {
  ConversationProvider,
  useConversations,
  useP2PConnection,
  useSettings,
  useSpaces,
} from "@kith/react";
import { Suspense, lazy, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Announcer } from "./parts/announcer.tsx";
import { EmptyState, ErrorNote } from "./parts/status.tsx";
import { AppLink } from "./parts/link.tsx";
import { go, useRoute } from "./routes.ts";
import type { Route } from "./routes.ts";
import { BareFrame, Frame } from "./shell/frame.tsx";
import { Locked } from "./shell/locked.tsx";
import { SignedOut } from "./shell/signed-out.tsx";
import { BeginningAnew, useBeginning } from "./shell/beginning-anew.tsx";
import { useAwake } from "./shell/use-awake.ts";
import { Thread } from "./thread/thread.tsx";

const OnboardingScreen = lazy(async () => ({
  default: (await import("./onboarding/onboarding.tsx")).OnboardingScreen,
}));
const JoinScreen = lazy(async () => ({ default: (await import("./join/join.tsx")).JoinScreen }));
const PeopleScreen = lazy(async () => ({ default: (await import("./people/people.tsx")).PeopleScreen }));
const RequestsScreen = lazy(async () => ({
  default: (await import("./talk/requests.tsx")).RequestsScreen,
}));
const NetworkScreen = lazy(async () => ({ default: (await import("./network/network.tsx")).NetworkScreen }));
const SettingsScreen = lazy(async () => ({
  default: (await import("./settings/settings.tsx")).SettingsScreen,
}));

export function App(): ReactNode {
  const { phase, me } = useP2PConnection();
  const { spaces, isLoading } = useSpaces();
  const route = useRoute();
  useTheme();
  useSameNode(me?.nodeId ?? null);
  const isNew = me !== null && !isLoading && spaces.every(({ state }) => state === "joining");
  // Until it has come to its end: the space is there a moment before the person is led into it.
  const [isBeginning, setBeginning] = useState(false);
  if (isNew && !isBeginning && route.at === "home") setBeginning(true);
  const begin = (channel: string | null): void => {
    setBeginning(false);
    go(channel === null ? { at: "home" } : { at: "channel", channel });
  };
  useAwake(phase === "connected");
  const isShut = phase === "locked" && me !== null;
  useEffect(() => {
    // What this page has read goes with it.
    if (isShut) location.reload();
  }, [isShut]);
  const beginning = useBeginning();
  // The node that this page belongs to is going away: that it does not know the page any more is no news.
  if (beginning !== null) return <BeginningAnew how={beginning} />;
  if (phase === "locked") return <Locked />;
  if (phase === "signed-out") return <SignedOut />;
  return (
    <Announcer>
      <Suspense fallback={<Opening />}>
        {route.at === "join" ? (
          <BareFrame>
            <JoinScreen
              link={route.link}
              onDone={(space) => go(space === null ? { at: "home" } : homeOf(space))}
            />
          </BareFrame>
        ) : isBeginning && route.at === "home" ? (
          <BareFrame>
            <OnboardingScreen onDone={begin} />
          </BareFrame>
        ) : (
          <Frame route={route}>
            <Screen route={route} />
          </Frame>
        )}
      </Suspense>
    </Announcer>
  );
}

const homeOf = (channel: string): Route => ({ at: "channel", channel });

function Opening(): ReactNode {
  return (
    <main className="boot" aria-busy="true">
      <h1>Kith</h1>
      <p>Opening…</p>
    </main>
  );
}

function Screen({ route }: { route: Route }): ReactNode {
  const { phase } = useP2PConnection();
  const { conversations, isLoading, error } = useConversations();
  switch (route.at) {
    case "channel": {
      const conversation = conversations.find(({ channel }) => channel === route.channel);
      if (conversation)
        return (
          <ConversationProvider conversation={conversation}>
            <Thread key={conversation.channel} conversation={conversation} />
          </ConversationProvider>
        );
      if (phase === "stopped") return <NotAnswering />;
      if (isLoading || phase !== "connected") return <Loading />;
      if (error) return <ErrorNote failure={error} />;
      return (
        <EmptyState
          title="This channel is not on this device"
          action={<AppLink to={{ at: "home" }}>Back to the list</AppLink>}
        >
          It may belong to a space that has not been received yet.
        </EmptyState>
      );
    }
    case "people":
      return <PeopleScreen space={route.space} />;
    case "requests":
      return <RequestsScreen />;
    case "network":
      return <NetworkScreen />;
    case "settings":
      return <SettingsScreen />;
    case "home":
    case "join":
      return <Home />;
    default:
      return route satisfies never;
  }
}

/** Nothing of this conversation is in the page yet, and the node that has it does not answer. */
function NotAnswering(): ReactNode {
  return (
    <EmptyState title="The messages are with this node">
      They are shown as soon as it runs again; nothing is lost.
    </EmptyState>
  );
}

function Loading(): ReactNode {
  return (
    <p className="text-muted p-5" aria-busy="true">
      Reading messages…
    </p>
  );
}

/** On a wide screen the newest conversation is open; on a phone the list itself is home. */
function Home(): ReactNode {
  const { conversations } = useConversations();
  const newest = conversations[0]?.channel ?? null;
  useEffect(() => {
    if (newest !== null && matchMedia("(min-width: 768px)").matches)
      go({ at: "channel", channel: newest }, { replace: true });
  }, [newest]);
  return (
    <EmptyState title="Choose a conversation">Your spaces and their channels are in the list.</EmptyState>
  );
}

/** Another node answers where one did: that was reset, perhaps from another tab, and what this page has read is not of this one. */
function useSameNode(node: string | null): void {
  const first = useRef(node);
  useEffect(() => {
    first.current ??= node;
    if (node !== first.current && node !== null) location.assign("/");
  }, [node]);
}

/** The node keeps the choice; the browser remembers it for the moment before the node answers. */
function useTheme(): void {
  const { theme } = useSettings();
  const { me } = useP2PConnection();
  useEffect(() => {
    if (me === null) return;
    const { dataset } = document.documentElement;
    if (theme === "system") delete dataset["theme"];
    else dataset["theme"] = theme;
    try {
      localStorage.setItem("kith-theme", theme);
    } catch {
      // A browser that keeps nothing shows the system's choice for a moment.
    }
  }, [theme, me]);
}
