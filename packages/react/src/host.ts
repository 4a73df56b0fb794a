/** What the store needs of the page around it, as one argument, so that tests hold the time in their hands. */

/** Cancels what was asked for; harmless afterwards. */
export type Cancel = () => void;

export interface Host {
  nowMs(): number;
  after(delayMs: number, run: () => void): Cancel;
  /** Before the next paint; never called while the page is hidden. */
  requestFrame(run: () => void): Cancel;
  isHidden(): boolean;
  onVisibility(run: () => void): Cancel;
  /** The page is being left: what is not sent now is not sent. */
  onLeave(run: () => void): Cancel;
  /** Asked before the page is left; true lets the browser ask the person first. */
  onBeforeLeave(hasUnsent: () => boolean): Cancel;
  /** Kept in the browser; only what may be lost and is no secret. */
  remember(key: string, value: string): void;
  recall(key: string): string | null;
  /** Kept for this tab until it is closed, over a reload and a crash of it; null removes it. */
  rememberInTab(key: string, value: string | null): void;
  recallInTab(key: string): string | null;
  freshId(): string;
}

interface Target {
  addEventListener(name: string, listener: (event: { preventDefault(): void }) => void): void;
  removeEventListener(name: string, listener: (event: { preventDefault(): void }) => void): void;
}

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Page extends Target {
  readonly document: Target & { readonly visibilityState: "visible" | "hidden" };
  readonly localStorage: Storage;
  readonly sessionStorage: Storage;
  requestAnimationFrame(run: () => void): number;
  cancelAnimationFrame(handle: number): void;
}

const nothing = (): Cancel => () => undefined;

/** Where there is no page (a server that renders one): nothing happens, nothing is kept, no time passes. */
export function quietHost(): Host {
  return {
    nowMs: () => 0,
    after: nothing,
    requestFrame: nothing,
    isHidden: () => true,
    onVisibility: nothing,
    onLeave: nothing,
    onBeforeLeave: nothing,
    remember: () => undefined,
    recall: () => null,
    rememberInTab: () => undefined,
    recallInTab: () => null,
    freshId: () => "",
  };
}

export const isPage = (): boolean => "document" in globalThis;

export function browserHost(): Host {
  const page = globalThis as unknown as Page;
  const listen = (
    target: Target,
    name: string,
    listener: (event: { preventDefault(): void }) => void,
  ): Cancel => {
    target.addEventListener(name, listener);
    return () => target.removeEventListener(name, listener);
  };
  return {
    nowMs: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    requestFrame(run) {
      const handle = page.requestAnimationFrame(run);
      return () => page.cancelAnimationFrame(handle);
    },
    isHidden: () => page.document.visibilityState === "hidden",
    onVisibility: (run) => listen(page.document, "visibilitychange", run),
    onLeave: (run) => listen(page, "pagehide", run),
    onBeforeLeave: (hasUnsent) =>
      listen(page, "beforeunload", (event) => {
        if (hasUnsent()) event.preventDefault();
      }),
    remember(key, value) {
      try {
        page.localStorage.setItem(key, value);
      } catch {
        // Full or forbidden: it is a copy of what the node keeps, so there is nothing to lose.
      }
    },
    recall(key) {
      try {
        return page.localStorage.getItem(key);
      } catch {
        // Forbidden, which is as good as empty.
        return null;
      }
    },
    rememberInTab(key, value) {
      try {
        if (value === null) page.sessionStorage.removeItem(key);
        else page.sessionStorage.setItem(key, value);
      } catch {
        // Full or forbidden: the page still has it, and asks before it is left.
      }
    },
    recallInTab(key) {
      try {
        return page.sessionStorage.getItem(key);
      } catch {
        // Forbidden, which is as good as empty.
        return null;
      }
    },
    // Not randomUUID: pages over plain HTTP of another host do not have it.
    freshId: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join(""),
  };
}
