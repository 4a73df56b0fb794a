/** Opening a page in the browser of whoever sits here. */
import { spawn } from "node:child_process";

/** An opener that has not failed by then has handed the address on, or has become the browser itself. */
const OPENER_MS_MAX = 3_000;

export interface OpenOptions {
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
}

/** Resolves with whether something took the address; never rejects. */
export async function openBrowser(url: string, options: OpenOptions = {}): Promise<boolean> {
  const { platform = process.platform, env = process.env } = options;
  const opener = openerOf(platform, env);
  if (opener === null) return false;
  return new Promise((resolve) => {
    const [program, ...first] = opener;
    const child = spawn(program, [...first, url], { env, stdio: "ignore", detached: true });
    const timer = setTimeout(() => resolve(true), OPENER_MS_MAX);
    const settle = (opened: boolean): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    child.on("error", () => settle(false));
    child.on("exit", (code) => settle(code === 0));
    // A browser outlives the node, and must not keep it.
    child.unref();
  });
}

function openerOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): [string, ...string[]] | null {
  if (platform === "darwin") return ["open"];
  // Not "start": cmd takes the & of an address for the end of a command.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  // Without a screen xdg-open would start a text browser in this very terminal.
  const hasScreen = Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]);
  return hasScreen ? ["xdg-open"] : null;
}
