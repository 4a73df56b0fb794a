/** How a command fails: a code, what happened, and what can be done now. Exit codes: CONTRACT, command line. */

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Ends the command with exit code 1. */
export class CommandError extends Error {
  readonly code: string;
  /** What the person can do now; a sentence. */
  readonly next: string;
  constructor(code: string, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
    this.next = next;
  }
}

/** Ends the command with exit code 2: the command line itself was wrong. */
export class UsageError extends Error {
  readonly code = "USAGE";
  readonly next: string;
  constructor(message: string, next = "`kith --help` lists the commands.") {
    super(message);
    this.name = "UsageError";
    this.next = next;
  }
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What the system says about the data directory itself: no node runs then that a doctor could ask. */
const nextOfSystem: Readonly<Record<string, string>> = {
  EROFS:
    "Make the disk writable again (one that reported errors turns read-only), or choose another with --data.",
  ENOSPC: "Free some space on that disk, then run it again.",
  EDQUOT: "Free some space within your quota, then run it again.",
  EACCES: "Check the owner and the permissions of the data directory, or choose another with --data.",
  EPERM: "Check the owner and the permissions of the data directory, or choose another with --data.",
  EIO: "Check the disk: it reported an error.",
};

/** Words for any error: ours and the node's keep their own, others are unexpected. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const { code } = error;
    // Errors of the rooms below begin with their code or end with the next step already.
    const message = error.message.replace(`${code}: `, "");
    const own = "next" in error && typeof error.next === "string" ? error.next : null;
    const next = own ?? nextOfSystem[code] ?? "`kith doctor` looks for the cause.";
    return { code, message, next };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, next: "Run it again with KITH_LOG=debug, and report what it says." };
}
