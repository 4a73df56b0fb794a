/** Reads a guide's calls, each with the answer that stands below it, and runs them as a reader would. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface GuideCall {
  /** "sh" or "js" */
  readonly language: string;
  /** Word after the language: whose node it is for; empty for the reader's own. */
  readonly place: string;
  readonly code: string;
  /** What stands below it, with an ellipsis for anything; null where nothing does. */
  readonly answer: { readonly isJson: boolean; readonly text: string } | null;
}

export function readGuide(text: string): readonly GuideCall[] {
  const fences = [...text.matchAll(/^```(\w+)(?: (\w+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", place = "", code = ""]) => ({ language, place, code }),
  );
  return fences.flatMap(({ language, place, code }, index) => {
    if (language === "json" || language === "text") return [];
    const below = fences[index + 1];
    const isAnswered = below?.language === "json" || below?.language === "text";
    return [
      {
        language,
        place,
        code,
        answer: isAnswered ? { isJson: below.language === "json", text: below.code.trim() } : null,
      },
    ];
  });
}

/** Whether an output is what was promised: of JSON the whole of it, of other text some part. */
export function fits(output: string, { isJson, text }: NonNullable<GuideCall["answer"]>): boolean {
  const parts = text.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const pattern = parts.join(String.raw`[\s\S]*?`);
  if (!isJson) return new RegExp(pattern).test(output);
  return new RegExp(`^${pattern}$`).test(output.trim()) && isWhole(output);
}

function isWhole(output: string): boolean {
  try {
    JSON.parse(output);
    return true;
  } catch {
    return false;
  }
}

/** Runs a call until it ends or has answered what is promised; returns what it printed. */
export async function runCall(
  { answer, code, language }: GuideCall,
  { cwd, env, before }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly before: string },
): Promise<string> {
  const script =
    language === "js" ? `${before}exec node --input-type=module -e "$GUIDE_CODE"` : `${before}${code}`;
  // A group of its own: what the shell has started ends with it.
  const child = spawn("bash", ["-euc", script], {
    cwd,
    detached: true,
    env: { ...env, GUIDE_CODE: code },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let trouble = "";
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (answer !== null && !answer.isJson && fits(output, answer)) end();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (trouble += text));
  await once(child, "close");
  return output === "" ? trouble : output;
}
