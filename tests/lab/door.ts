/**
 * A door into a host of a laboratory network: listens on a UNIX socket, reads "HOST PORT\n" from each
 * connection, and relays the rest to that address from here. File names cross network namespaces, addresses
 * do not. Argument: SOCKET. Ends with its standard input.
 */
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";

const path = process.argv[2] ?? "";

function relay(near: Socket): void {
  near.once("data", (first: Buffer) => {
    near.pause();
    const end = first.indexOf(10);
    const [host = "", port = ""] = first.subarray(0, end).toString("latin1").split(" ");
    const far = connect({ host, port: Number(port), noDelay: true });
    // One side's end, clean or not, is the other's.
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    far.write(first.subarray(end + 1));
    near.pipe(far).pipe(near);
  });
  near.on("error", () => {});
}

const server = createServer(relay);
server.listen(path, () => process.stdout.write("open\n"));
process.stdin.on("end", () => process.exit());
process.stdin.resume();
