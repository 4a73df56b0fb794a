/**
 * The events that count, in the order of settling, and what lies beside what. Knows up to where the order is closed:
 * every later event follows all before a cut, so nothing after it acts on what comes before. spec/space SP5, SP25.
 */
import type { Past } from "./ancestry.ts";
import { isDecision } from "./decisions.ts";
import { compareNodes } from "./node.ts";
import type { ControlNode } from "./node.ts";

export interface Timeline {
  /** In the order of compareNodes. */
  readonly nodes: readonly ControlNode[];
  /** Whether something lies beside a decision. */
  readonly isDisputed: boolean;
  /** One changes the verdict of what it follows: then no part of the order is closed. */
  readonly hasConfirmation: boolean;
  /** Those that this past does not hold. */
  beside(past: Past): ControlNode[];
  /** lowest: the place below which nothing changed. */
  insert(
    node: ControlNode,
    beside: readonly ControlNode[],
  ): { readonly lowest: number; readonly disputes: boolean };
  /** How many of the first lie before a cut, and no disputed decision among them. */
  closedUpTo(): number;
}

export function createTimeline(): Timeline {
  const nodes: ControlNode[] = [];
  const byIndex: ControlNode[] = [];
  /** Bit i: the i-th event that arrived counts. */
  let counted = new Uint32Array(32);
  /** Ascending. A new event opens those that it does not follow for good, and makes one only at the end. */
  const cuts: number[] = [];
  let firstDisputed: ControlNode | null = null;
  let hasConfirmation = false;

  function placeOf(node: ControlNode): number {
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = nodes[middle];
      if (other && compareNodes(other, node) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function dispute(node: ControlNode): boolean {
    if (node.disputed || !isDecision(node)) return false;
    node.disputed = true;
    if (firstDisputed === null || compareNodes(node, firstDisputed) < 0) firstDisputed = node;
    return true;
  }

  return {
    nodes,
    get isDisputed() {
      return firstDisputed !== null;
    },
    get hasConfirmation() {
      return hasConfirmation;
    },
    beside(past) {
      const found: ControlNode[] = [];
      for (let word = 0; word < counted.length; word++) {
        let bits = ((counted[word] ?? 0) & ~(past[word] ?? 0)) >>> 0;
        while (bits !== 0) {
          const bit = 31 - Math.clz32(bits);
          const node = byIndex[word * 32 + bit];
          if (node) found.push(node);
          bits = (bits & ~(1 << bit)) >>> 0;
        }
      }
      return found;
    },
    insert(node, beside) {
      const place = placeOf(node);
      const lowest = beside.reduce((least, other) => Math.min(least, placeOf(other)), place);
      while ((cuts.at(-1) ?? 0) > lowest) cuts.pop();
      if (beside.length === 0) cuts.push(place);
      nodes.splice(place, 0, node);
      if (node.body?.type === "member.confirm") hasConfirmation = true;
      byIndex[node.index] = node;
      if (node.index >>> 5 >= counted.length) {
        const larger = new Uint32Array(Math.max(counted.length * 2, (node.index >>> 5) + 1));
        larger.set(counted);
        counted = larger;
      }
      counted[node.index >>> 5] = (counted[node.index >>> 5] ?? 0) | (1 << (node.index & 31));
      let disputes = beside.length > 0 && dispute(node);
      for (const other of beside) disputes = dispute(other) || disputes;
      return { lowest, disputes };
    },
    closedUpTo() {
      if (hasConfirmation) return 0;
      const limit = firstDisputed === null ? nodes.length : placeOf(firstDisputed);
      return cuts.findLast((cut) => cut <= limit) ?? 0;
    },
  };
}
