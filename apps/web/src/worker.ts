/** Registers the service worker. Its address is the only text of this page that may become code. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL(url: string): unknown;
  };
}

const WORKER = "/sw.js";

export function registerWorker(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const policy = types?.createPolicy("kith", {
    createScriptURL: (url) => {
      if (url !== WORKER) throw new TypeError("only the worker's address is code here");
      return url;
    },
  });
  const url = (policy?.createScriptURL(WORKER) ?? WORKER) as string;
  navigator.serviceWorker.register(url).catch((error: unknown) => {
    // Without it the page works while the node does; only the stopped node's page is missing.
    console.warn("the page is not kept for when the node is stopped:", error);
  });
}
