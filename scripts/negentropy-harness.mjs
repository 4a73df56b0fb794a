/**
 * `npm run -s harness:negentropy`: our reconciliation behind the line protocol of the public negentropy test
 * harness, so that its fuzzer can set any implementation against ours. Reads `item,<time>,<hex id>`, `seal`,
 * `initiate` and `msg,<hex>`; writes `msg,<hex>`, `have,<hex>`, `need,<hex>` and `done`. FRAMESIZELIMIT cuts
 * our messages. Public peers know no other bound, so none is set. Plain JavaScript, so that Node 20 finds Node 24.
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findNode, isNodeRecent, nodeMissing } from "./node-version.mjs";

if (isNodeRecent(process.versions.node)) {
  serve(await import("@kith/core"));
} else {
  const { respawn } = await import("./respawn.mjs");
  const node = findNode(fileURLToPath(new URL("..", import.meta.url)));
  if (node === null) throw new Error(nodeMissing());
  await respawn(node, [fileURLToPath(import.meta.url)]);
}

function serve({ createRangeSet, createReconciler }) {
  const frameBytesMax = Number(process.env.FRAMESIZELIMIT || 0);
  const set = createRangeSet();
  let reconciler = null;

  const say = (word, bytes) =>
    process.stdout.write(
      bytes === undefined ? `${word}\n` : `${word},${Buffer.from(bytes).toString("hex")}\n`,
    );

  function sayMessage(message) {
    if (frameBytesMax > 0 && message.length > frameBytesMax)
      throw new Error(`HARNESS_FRAME: ${message.length} bytes of ${frameBytesMax}`);
    say("msg", message);
  }

  function sayIds(word, packed) {
    for (let at = 0; at < packed.length; at += 32) say(word, packed.subarray(at, at + 32));
  }

  function obey(line) {
    const [command, ...fields] = line.trim().split(",");
    if (command === "item") {
      if (reconciler !== null) throw new Error("HARNESS_SEALED: no item goes in after seal");
      const [time = "", id = ""] = fields;
      if (!set.insert(Number(time), Buffer.from(id, "hex")))
        throw new Error(`HARNESS_TWICE: the item ${id} came before`);
      return;
    }
    if (command === "seal") {
      reconciler = createReconciler({ set, frameBytesMax, receivedBytesMax: 0, rangesMax: 0 });
      return;
    }
    if (reconciler === null) throw new Error(`HARNESS_UNSEALED: ${command} comes after seal`);
    if (command === "initiate") {
      sayMessage(reconciler.initiate());
    } else if (command === "msg") {
      const { reply, have, need } = reconciler.reconcile(Buffer.from(fields[0] ?? "", "hex"));
      sayIds("have", have);
      sayIds("need", need);
      if (reply === null) say("done");
      else sayMessage(reply);
    } else {
      throw new Error(`HARNESS_COMMAND: ${command} is none of item, seal, initiate, msg`);
    }
  }

  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line.trim() !== "") obey(line);
  });
}
