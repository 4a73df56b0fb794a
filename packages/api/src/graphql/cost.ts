/**
 * What a document may ask for, counted before any of it runs: how deep it goes, how many fields it can yield
 * (lists by their `limit`, or an assumed length), and how much work its root fields are. Each fragment is
 * counted once, so a document that unfolds to millions costs no more to refuse. Spec: http, HT44.
 */
import { GraphQLError, Kind, isListType, isNonNullType, getNamedType, isObjectType } from "graphql";
import type {
  ASTVisitor,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLOutputType,
  SelectionSetNode,
  ValidationContext,
} from "graphql";
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from "@kith/contract";
import {
  GRAPHQL_COST_MAX,
  GRAPHQL_DEPTH_MAX,
  GRAPHQL_LIST_ITEMS,
  GRAPHQL_MUTATION_COST,
  GRAPHQL_WORK_COST,
} from "../limits.ts";

interface Weight {
  readonly cost: number;
  readonly depth: number;
}

/** Root fields that read everything or wait for long. */
const working = new Set(["verify", "doctor"]);
/** Each a look through an index, a whole channel's people or their devices, or thousands of hashes: as dear as a mutation. */
const looking = new Set([
  "search",
  "safetyNumber",
  "verification",
  "pins",
  "reports",
  "channelMembers",
  "deliveryOf",
]);

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Items that a page's `limit` may bring; one that a variable gives is taken for the largest. */
function pageLimit(field: FieldNode): number {
  const value = field.arguments?.find(({ name }) => name.value === "limit")?.value;
  if (value === undefined || value.kind === Kind.NULL) return PAGE_ITEMS_DEFAULT;
  if (value.kind !== Kind.INT) return PAGE_ITEMS_MAX;
  return Math.min(PAGE_ITEMS_MAX, Math.max(1, Number(value.value)));
}

export function limitCost(context: ValidationContext): ASTVisitor {
  const schema = context.getSchema();
  const fragments = new Map<string, Weight>();
  const open = new Set<string>();

  function weighFragment(fragment: FragmentDefinitionNode): Weight {
    const name = fragment.name.value;
    const known = fragments.get(name);
    // A cycle is another rule's to refuse; here it only must not be followed.
    if (known !== undefined || open.has(name)) return known ?? { cost: 0, depth: 0 };
    open.add(name);
    const type = schema.getType(fragment.typeCondition.name.value);
    const weight = weigh(fragment.selectionSet, isObjectType(type) ? type : null, false);
    open.delete(name);
    fragments.set(name, weight);
    return weight;
  }

  function weighField(field: FieldNode, parent: GraphQLObjectType | null, isPage: boolean): Weight {
    // Introspection has its own bound on depth among the standard rules; its lists are of a fixed length.
    const type = parent?.getFields()[field.name.value]?.type;
    const pages = parent?.getFields()[field.name.value]?.args.some(({ name }) => name === "limit") === true;
    const named = type === undefined ? null : getNamedType(type);
    if (field.name.value.startsWith("__")) return { cost: GRAPHQL_LIST_ITEMS, depth: 0 };
    let own = 1;
    if (parent !== null && parent === schema.getMutationType()) own = GRAPHQL_MUTATION_COST;
    else if (parent === schema.getQueryType() && working.has(field.name.value)) own = GRAPHQL_WORK_COST;
    else if (parent === schema.getQueryType() && looking.has(field.name.value)) own = GRAPHQL_MUTATION_COST;
    if (field.selectionSet === undefined) return { cost: own, depth: 1 };
    const inner = weigh(field.selectionSet, isObjectType(named) ? named : null, pages);
    // Items of a page are counted at the page itself.
    const times = pages
      ? pageLimit(field)
      : type !== undefined && isList(type) && !isPage
        ? GRAPHQL_LIST_ITEMS
        : 1;
    return { cost: own + times * inner.cost, depth: 1 + inner.depth };
  }

  function weigh(selections: SelectionSetNode, parent: GraphQLObjectType | null, isPage: boolean): Weight {
    let cost = 0;
    let depth = 0;
    for (const selection of selections.selections) {
      let part: Weight = { cost: 0, depth: 0 };
      if (selection.kind === Kind.FIELD) part = weighField(selection, parent, isPage);
      else if (selection.kind === Kind.INLINE_FRAGMENT) part = weigh(selection.selectionSet, parent, isPage);
      else {
        const fragment = context.getFragment(selection.name.value);
        if (fragment) part = weighFragment(fragment);
      }
      cost += part.cost;
      depth = Math.max(depth, part.depth);
    }
    return { cost, depth };
  }

  return {
    OperationDefinition(operation) {
      const { cost, depth } = weigh(
        operation.selectionSet,
        schema.getRootType(operation.operation) ?? null,
        false,
      );
      if (depth > GRAPHQL_DEPTH_MAX)
        context.reportError(
          new GraphQLError(`the query is ${depth} levels deep; ${GRAPHQL_DEPTH_MAX} are taken`, {
            nodes: operation,
            extensions: { code: "TOO_MANY", next: "ask for less depth at once" },
          }),
        );
      if (cost > GRAPHQL_COST_MAX)
        context.reportError(
          new GraphQLError(`the query may cost ${cost}; ${GRAPHQL_COST_MAX} are taken`, {
            nodes: operation,
            extensions: { code: "TOO_MANY", next: "give a smaller limit, or ask in several requests" },
          }),
        );
    },
  };
}
