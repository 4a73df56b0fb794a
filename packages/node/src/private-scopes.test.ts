import type { DeviceId, EventId, PersonId, Roster, ScopeId } from "@kith/core";
import { beforeEach, describe, expect, test } from "vitest";
import { PrivateScopes } from "./private-scopes.ts";
import type { Replica } from "./replica.ts";

const self = "aa".repeat(32) as DeviceId;
const own = "01".repeat(32) as PersonId;
const other = "02".repeat(32) as PersonId;
const scope = "cc".repeat(32) as ScopeId;
const ending = "ee".repeat(32) as EventId;

let people: Set<PersonId>;
let isFounded: boolean;
let endings: EventId[];
let replica: Replica;
let privates: PrivateScopes;

beforeEach(() => {
  people = new Set();
  isFounded = true;
  endings = [];
  const roster = {
    scope,
    people: () => people,
    endingsOf: () => endings,
    get facts() {
      return isFounded ? {} : null;
    },
  } as unknown as Roster;
  replica = {
    rosters: new Map([[scope, roster]]),
    membership: { state: () => ({ devices: new Map([[self, { person: own }]]) }) },
  } as unknown as Replica;
  privates = new PrivateScopes({ person: other, self });
});

describe("private channels on one link", () => {
  test("[SE30] it goes to who is in it; being in it oneself opens it to nobody", () => {
    people.add(own);
    expect(privates.of(replica)).toEqual([]);
    people.add(other);
    expect(privates.of(replica)).toEqual([scope]);
    people.delete(other);
    expect(privates.goes(replica, scope)).toBe(false);
    expect(privates.goes(replica, "dd".repeat(32) as ScopeId)).toBe(false);
  });

  test("[SE31] who gave a new key is heard about it, until this person is known to be in it", () => {
    privates.hear(replica, scope, { isNew: true });
    expect(privates.of(replica)).toEqual([scope]);
    people.add(own);
    expect(privates.of(replica)).toEqual([]);
  });

  test("[SE31] an old key vouches only before the founding event is here: who was in it once may have kept one", () => {
    privates.hear(replica, scope, { isNew: false });
    expect(privates.of(replica)).toEqual([]);
    isFounded = false;
    privates.hear(replica, scope, { isNew: false });
    expect(privates.of(replica)).toEqual([scope]);
  });

  test("[SE33] who is in it no more waits for nothing of it", () => {
    people.add(other);
    expect(privates.goes(replica, scope)).toBe(true);
    expect(privates.isAwaited(replica, scope)).toBe(false);
    people.add(own);
    expect(privates.isAwaited(replica, scope)).toBe(true);
  });

  test("[SE32] it is opened once, and again when somebody comes back", () => {
    people.add(other);
    expect(privates.turn(replica).opened).toEqual([scope]);
    expect(privates.turn(replica).opened).toEqual([]);
    people.delete(other);
    expect(privates.turn(replica).opened).toEqual([]);
    people.add(other);
    expect(privates.turn(replica).opened).toEqual([scope]);
  });

  test("[SE33] who was removed is sent what did it, once for each time", () => {
    expect(privates.turn(replica).farewells).toEqual([]);
    endings = [ending];
    expect(privates.turn(replica).farewells).toEqual([ending]);
    expect(privates.turn(replica).farewells).toEqual([]);
    people.add(other);
    privates.turn(replica);
    people.delete(other);
    expect(privates.turn(replica).farewells).toEqual([ending]);
  });
});
