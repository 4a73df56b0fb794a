import { LOG_ROWS_MAX } from "@kith/core";
import { entryOf, eventOf, messageOf } from "@kith/core/testing";
import { describe, expect, it } from "vitest";
import { createGroupApplier } from "./apply.ts";
import { connect } from "./connect.ts";
import { GroupBuilder } from "./group.ts";
import { createNameReader } from "./reader-names.ts";
import { createViewReads } from "./read-views.ts";
import { checkPages } from "./scan.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";
import { createWordIndex } from "./word-index.ts";

function openWriter(directory: string) {
  const database = connect({ directory, key: testKey, role: "writer" });
  const index = createWordIndex(database);
  const groups = createGroupApplier(database, index, { logRowsMax: LOG_ROWS_MAX });
  const { search } = createViewReads(database, createNameReader(database));
  /** In one transaction: seven hundred of them would measure the disk. */
  const sayAll = (texts: ReadonlyMap<number, string>) => {
    const builder = new GroupBuilder();
    for (const [n, text] of texts)
      builder.add({
        events: [entryOf(eventOf(n, { seq: n }))],
        views: [{ op: "message", row: messageOf(n, { text }) }],
      });
    return groups.apply(builder.finish());
  };
  const say = (n: number, text: string) => sayAll(new Map([[n, text]]));
  const find = (query: string) =>
    search(query, { limit: 1_000 }).map((row) => Number.parseInt(row.id.slice(-8), 16));
  return { database, index, say, sayAll, find };
}

describe("word index", () => {
  it("[ST9] a search finds the same before, while and after messages are indexed", () => {
    const { database, index, say, sayAll, find } = openWriter(makeTestDirectory());
    sayAll(
      new Map(
        Array.from({ length: 700 }, (_, n) => [n, n % 2 === 0 ? `even number ${n}` : `odd number ${n}`]),
      ),
    );
    const even = Array.from({ length: 350 }, (_, at) => 698 - at * 2);
    expect(find("eve num")).toEqual(even);
    let steps = 0;
    while (index.catchUp()) {
      steps += 1;
      expect(find("eve num")).toEqual(even);
      expect(find("number 69")).toEqual([699, 698, 697, 696, 695, 694, 693, 692, 691, 690, 69]);
    }
    expect(steps).toBeGreaterThan(1);
    say(700, "even later");
    expect(find("even")).toEqual([700, ...even]);
    database.close();
  });

  it("[ST9] a message that is written over is found by its new words alone, indexed or not", () => {
    const { database, index, say, find } = openWriter(makeTestDirectory());
    say(1, "apple");
    say(1, "pear");
    expect([find("apple"), find("pear")]).toEqual([[], [1]]);
    while (index.catchUp());
    say(1, "plum");
    expect([find("pear"), find("plum")]).toEqual([[], [1]]);
    const lines = database.prepare("INSERT INTO message_words (message_words) VALUES ('integrity-check')");
    expect(() => lines.run()).not.toThrow();
    database.close();
  });

  it("[ST8] a store is sound to a connection that searched before the writer merged what it found", () => {
    const directory = makeTestDirectory();
    const { database, index, sayAll } = openWriter(directory);
    const reader = connect({ directory, key: testKey, role: "reader" });
    const { search } = createViewReads(reader, createNameReader(reader));
    for (let round = 0; round < 24; round += 1) {
      sayAll(new Map(Array.from({ length: 256 }, (_, n) => [round * 256 + n, `alpha ${round} beta ${n}`])));
      while (index.catchUp());
      expect([round, checkPages(reader)]).toEqual([round, []]);
      if (round % 3 === 0) expect(search("alpha", { limit: 1 })).toHaveLength(1);
    }
    reader.close();
    database.close();
  });

  it("[ST9] a message that comes late to an event which the index has passed is found, after a restart too", () => {
    const directory = makeTestDirectory();
    let writer = openWriter(directory);
    const builder = new GroupBuilder();
    builder.add({ events: [entryOf(eventOf(1))] });
    createGroupApplier(writer.database, writer.index, { logRowsMax: LOG_ROWS_MAX }).apply(builder.finish());
    writer.database.close();
    writer = openWriter(directory);
    writer.say(2, "second");
    while (writer.index.catchUp());
    writer.say(1, "first");
    expect(writer.find("first")).toEqual([1]);
    writer.database.close();
    writer = openWriter(directory);
    expect([writer.find("first"), writer.find("second"), writer.index.catchUp()]).toEqual([[1], [2], false]);
    writer.database.close();
  });
});
