import { expect, test, vi } from "vitest";
import { run } from "./run.ts";
import * as membership from "./scenarios/membership.ts";
import { replayCommand } from "./words.ts";

vi.setConfig({ testTimeout: 120_000 });

const { eachOther, fromJoining, lastOwner, overruled, promotedAndRemoved } = membership;
const { revokedWhileUsed, secondDevice, setBack, usedTwice } = membership;

/** With one of them whoever waits over a used invitation is let in, with the other refused. */
const SEEDS = [1, 2];

test.each([
  [
    "[SP25] [SP26] the removal by an admin beats the promotion beside it, and what follows from that",
    promotedAndRemoved,
  ],
  ["[SP24] [SP30] [SP154] who has lost the rank to remove removes nobody, and the owner is told", overruled],
  ["[SP24] [SP25] two admins who lose their rank apart remove each other in vain", eachOther],
  ["[IN12] [IN21] [SP122] an invitation for one that two use apart lets one in, the other waits", usedTwice],
  ["[IN11] a revocation beats the use beside it", revokedWhileUsed],
  ["[EP87] [EP88] who comes later reads what is written by those who know of them", fromJoining],
  ["[SP28] [SP31] a space keeps an owner, and what was said by who left", lastOwner],
  ["[SP70] [SP74] [SP76] [SP81] a second device is one of the person until it is removed", secondDevice],
  ["[SP85] [SP86] [SP88] [SP89] a device that was set back and wrote on is suspended", setBack],
])("%s", async (_rule, scenario) => {
  for (const seed of SEEDS) {
    const report = await run(scenario, seed);
    expect(report.breaches, replayCommand(report)).toEqual([]);
    expect(report.answered).toBeGreaterThan(0);
  }
});
