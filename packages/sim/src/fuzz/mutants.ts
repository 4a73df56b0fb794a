/**
 * What the rules of membership and the sender rule would be without one of their parts. The fuzz knows none of them: it
 * has to find each by what comes of it. spec/space SP4, SP7, SP24-SP29, spec/epoch EP11-EP13.
 */
import { isBreakdown } from "./history.ts";
import { runWith } from "../planting.ts";
import type { Bug } from "../planting.ts";

export interface Mutant extends Bug {
  /** Of the design's rules of membership (1 to 5), or the sender rule's part. */
  readonly rule: string;
  /** It shows in messages for a time or in sealed spaces alone; the others show in fewer histories without those. */
  readonly ofAll?: true;
}

export interface Caught {
  readonly mutant: Mutant;
  /** Histories until the first violation; null: none within the bound. */
  readonly runs: number | null;
  /** The first violation, or the closing line. */
  readonly how: string;
}

const membership = "packages/core/src/membership";
const judge = `${membership}/judge.ts`;
const decisions = `${membership}/decisions.ts`;
const settle = `${membership}/settle.ts`;

/** One for each rule at least. */
export const mutants: readonly Mutant[] = [
  {
    rule: "1",
    name: "an event is judged by all that is here, not by its own past",
    file: `${membership}/membership.ts`,
    find: "    const evaluation = evaluatePast(followed, node.past);\n",
    replace:
      "    const evaluation = followed.length > 0 ? evaluateAll() : evaluatePast(followed, node.past);\n",
  },
  {
    rule: "1",
    name: "an event counts for the device that it names, whoever signed it",
    file: "packages/node/src/ingest.ts",
    find: "      if (valid[index] === true) queue",
    replace: "      if (valid[index] !== undefined) queue",
  },
  {
    rule: "2",
    name: "one decides about one's equals",
    file: judge,
    find: "  return outranks(role, rank)\n",
    replace: "  return !outranks(rank, role)\n",
  },
  {
    rule: "2",
    name: "an admin gives any rank",
    file: judge,
    find: '  if (role !== "owner" && !outranks(role, to))',
    replace: '  if (role === "member" && !outranks(role, to))',
  },
  {
    rule: "3",
    name: "decisions that meet are taken by id alone",
    file: decisions,
    find: "    .sort((a, b) => a.rank - b.rank || compareTurns(a, b) || (a.node.id < b.node.id ? -1 : 1))\n",
    replace: "    .sort((a, b) => (a.node.id < b.node.id ? -1 : 1))\n",
  },
  {
    rule: "3",
    name: "a decision counts with a rank that a decision beside it disputes",
    file: decisions,
    find: "    (grant) => !against.some((other) => areConcurrent(other, grant)),\n",
    replace: "    (grant) => against.length >= 0 && grant.index >= 0,\n",
  },
  {
    rule: "4",
    name: "a removal spares what is dated before it",
    file: judge,
    find: "  if (sentence?.removals.some((removal) => areConcurrent(removal, node)))\n",
    replace:
      "  if (sentence?.removals.some((removal) => areConcurrent(removal, node) && removal.header.time.ms <= node.header.time.ms))\n",
  },
  {
    rule: "4",
    name: "a demotion spares what was done beside it",
    file: judge,
    find: "    .filter((demotion) => areConcurrent(demotion.node, node))\n",
    replace: "    .filter((demotion) => pastHas(node.past, demotion.node.index))\n",
  },
  {
    rule: "5",
    name: "an admission or promotion beside the removal survives it",
    file: `${membership}/standing.ts`,
    find: "  return removals.every((removal) => !lies(removal, past) || pastHas(ground.past, removal.index));\n",
    replace:
      "  return removals.every((removal) => !lies(removal, past) || !pastHas(removal.past, ground.index));\n",
    also: {
      file: judge,
      find: "      const uses = evaluation.uses.get(person) ?? [];\n",
      replace:
        "      const uses = node?.request?.person === person ? [] : (evaluation.uses.get(person) ?? []);\n",
    },
  },
  {
    rule: "5",
    name: "of ranks given at once the first in order holds",
    file: `${membership}/standing.ts`,
    find: "    role = role === null ? ground.role : leastRole(role, ground.role);\n",
    replace: "    role = role === null ? ground.role : leastRole(role, role);\n",
  },
  {
    rule: "5",
    name: "an invite outlives the removal of who made or used it",
    file: judge,
    find: "  if (isRevokedWithSomebody(evaluation, invite, node))\n",
    replace: "  if (isRevokedWithSomebody(evaluation, invite, node) && invite.usesMax === 0)\n",
  },
  {
    rule: "a",
    name: "a sender looks at removals, and not at who holds the epoch",
    file: "packages/core/src/encryption/choose-epoch.ts",
    find: "![...epoch.holders].every(isCurrentDevice)",
    replace: "![...epoch.holders].some(isCurrentDevice)",
  },
  {
    rule: "b",
    name: "a sender looks at who holds the epoch, and not at removals",
    file: "packages/core/src/encryption/choose-epoch.ts",
    find: "    if (!removals.every((removal) => epoch.removalsFollowed.has(removal))) continue;\n",
    replace: "    if (removals.length < 0) continue;\n",
  },
  {
    rule: "a",
    name: "who holds an epoch is not taken to hold those that lie under it",
    file: "packages/core/src/encryption/epoch-book.ts",
    find: "    for (const each of spread([epoch], linksTo))\n",
    replace: "    for (const each of [epoch])\n",
  },
  {
    rule: "device",
    name: "what a removed device did beside its removal counts",
    file: judge,
    find: "  if (evaluation.ended.get(node.header.device)?.some((removal) => areConcurrent(removal, node)))\n",
    replace:
      "  if (evaluation.ended.get(node.header.device)?.some((removal) => areConcurrent(removal, node) && evaluation.persons.size === 0))\n",
  },
  {
    rule: "device b",
    name: "a sender looks at removals of people, and not at those of devices",
    file: `${membership}/membership.ts`,
    find: "      const all = [...[...sentences.values()].map(({ removals }) => removals), ...ended.values()];\n",
    replace:
      "      const all = [...[...sentences.values()].map(({ removals }) => removals), ...[...ended.values()].slice(ended.size)];\n",
  },
  {
    rule: "private fence",
    name: "a fence of a private channel closes nothing",
    file: `${membership}/roster.ts`,
    find: "      upTo = Math.min(upTo, fence?.seq ?? 0);\n",
    replace: "      upTo = Math.min(upTo, 1_000 + (fence?.seq ?? 0));\n",
  },
  {
    rule: "private a",
    name: "a private channel's epoch may be held by any member of the space",
    file: "packages/core/src/group/epochs.ts",
    find: "  return devices.filter(({ person }) => people.has(person));\n",
    replace: "  return devices.filter(({ person }) => people.has(person) || people.size > 1);\n",
  },
  {
    rule: "IN32",
    name: "a sender goes on under a key from before an open invite was revoked",
    file: "packages/core/src/group/epochs.ts",
    find: "  const ends = roster ? roster.removals() : membership.openRevocations();\n",
    replace: "  const ends = roster ? roster.removals() : membership.openRevocations().slice(0, 0);\n",
  },
  {
    rule: "EP89",
    name: "an elder of a join-only scope is given the headers alone when keys are boxed again",
    file: "packages/core/src/group/join.ts",
    find: '  return [...book.readersOf(keys)].some(isTheirs) ? "whole" : "headers";\n',
    replace: '  return [...book.readersOf(keys)].every(isTheirs) ? "whole" : "headers";\n',
  },
  {
    rule: "SP133",
    ofAll: true,
    name: "a message whose time is over stays until the node starts again",
    file: "packages/node/src/expiry.ts",
    find: "    if (next === undefined) this.#cancel?.();\n",
    replace: "    if (next === undefined || next.expiresMs > 0) this.#cancel?.();\n",
  },
  {
    rule: "EP98",
    ofAll: true,
    name: "an epoch's secret is destroyed before all for whom it was made have it",
    file: "packages/node/src/sealed-keeper.ts",
    find: "      if (device !== self && !isAuthor && !isTold) return false;\n",
    replace: "      if (device !== self && !isAuthor && !isTold && made.length === 0) return false;\n",
  },
  {
    rule: "EP98",
    ofAll: true,
    name: "the key of a body that was opened is kept",
    file: "packages/node/src/sealed.ts",
    find: "  for (let at = next; at < index + (missing === null ? 0 : 1); at += 1) {\n",
    replace: "  for (let at = next; at < index + (missing === null ? 1 : 1); at += 1) {\n",
  },
  {
    rule: "EP97",
    ofAll: true,
    name: "a device writes under an epoch that it was given later",
    file: "packages/node/src/sealed.ts",
    find: "    if (!isFor || ",
    replace: "    if ((!isFor && made === null) || ",
  },
];

/** Parts of the rules that few histories come to: for `npm run fuzz:mutants`, which has the time. */
export const rareMutants: readonly Mutant[] = [
  {
    rule: "private b",
    name: "a sender in a private channel looks at removals from the space, and not at those from the channel",
    file: "packages/core/src/group/epochs.ts",
    find: "  const ends = roster ? roster.removals() : membership.openRevocations();\n",
    replace: "  const ends = roster ? [] : membership.openRevocations();\n",
  },
  {
    rule: "4",
    name: "of two fences the highest holds",
    file: `${membership}/membership.ts`,
    find: "      upTo = Math.min(upTo, fence?.seq ?? 0);\n",
    replace: "      upTo = Math.max(upTo === Infinity ? 0 : upTo, fence?.seq ?? 0);\n",
  },
  {
    rule: "3",
    name: "a decision has the rank that open ones in its own past would take",
    file: decisions,
    find: "  return Math.max(own, ROLES.indexOf(role));\n",
    replace: "  return Math.max(0, ROLES.indexOf(role));\n",
  },
  {
    rule: "3",
    name: "a decision is void where one in its own past is still open",
    file: settle,
    find: "  if (!voided.has(decision.id)) return decision;\n",
    replace:
      "  if (!voided.has(decision.id) || ordered.length > 0) return voided.has(decision.id) ? null : decision;\n",
  },
  {
    rule: "SP40",
    name: "a decision may void what made the last owner",
    file: settle,
    find: "    if (last !== null && !hasOwner(evaluation)) {\n",
    replace: "    if (last !== null && !hasOwner(evaluation) && refused.size < 0) {\n",
  },
  {
    rule: "EP11",
    name: "a newcomer is given keys that no event announces",
    file: "packages/node/src/admission.ts",
    find: "epoch !== control.epoch && replica.book.get(epoch) !== null",
    replace: "epoch !== control.epoch",
  },
  {
    rule: "EP30",
    name: "a box that was lost with its maker is made by nobody again",
    file: "packages/node/src/boxes.ts",
    find: "    return ![...givers].some((giver) => devices.has(giver));\n",
    replace: "    return [...givers].every((giver) => giver === device && devices.size === 0);\n",
  },
  {
    rule: "SP31",
    name: "a fence that moves does not bring back what has only just come",
    file: "packages/node/src/ledger.ts",
    find: "      if (event.seq === seq && event.device === device && event.scope === scope) found.push(event);\n",
    replace:
      "      if (event.seq === seq && event.device === device && event.scope === scope) found.length = 0;\n",
  },
];

/** Histories from this seed on, until one shows the mutant: by a rule that is not kept, for one that breaks down says of none. */
export async function hunt(mutant: Mutant, { runs, seed }: { runs: number; seed: number }): Promise<Caught> {
  const { code, output } = await runWith(mutant, {
    path: "packages/sim/src/fuzz/main.ts",
    parameters: [
      "--runs",
      String(runs),
      "--seed",
      String(seed),
      "--broken",
      "1",
      "--named",
      ...(mutant.ofAll ? [] : ["--no-lifetimes"]),
    ],
  });
  const [first] = output.flatMap((line) => {
    const at = /^VIOLATED in run (\d+), seed \d+: (.*)$/.exec(line);
    const how = at?.[2] ?? "";
    return at && !isBreakdown(how) ? [{ runs: Number(at[1]), how }] : [];
  });
  // A copy that does not even start exits with 1 as well.
  if (code !== 1 || !first) return { mutant, runs: null, how: output.at(-1) ?? "" };
  return { mutant, ...first };
}
