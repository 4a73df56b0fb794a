/** One polite voice for those who listen to the page: each thing is said once. */
import { createContext, useCallback, useContext, useRef, useState } from "react";
import type { ReactNode } from "react";

const Context = createContext<(words: string) => void>(() => undefined);

export function Announcer({ children }: { children: ReactNode }): ReactNode {
  const [words, setWords] = useState("");
  const turn = useRef(false);
  const announce = useCallback((next: string) => {
    // The same words twice are another announcement: a trailing space makes them so.
    turn.current = !turn.current;
    setWords(turn.current ? next : `${next} `);
  }, []);
  return (
    <Context value={announce}>
      {children}
      <div role="status" aria-live="polite" className="sr-only">
        {words}
      </div>
    </Context>
  );
}

export const useAnnounce = (): ((words: string) => void) => useContext(Context);
