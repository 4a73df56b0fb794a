/** `fetch` over a Unix socket, as far as the client library calls it: the runtime's own knows only addresses. */
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** No port: what listens there has none. */
export const SOCKET_URL = "http://localhost";

/** Answers that have no body by their status; a Response refuses one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export function createSocketFetch(socketPath: string): typeof fetch {
  return (input, { body = null, headers, method = "GET", signal } = {}) =>
    new Promise((resolve, reject) => {
      if (typeof input !== "string" || !(body === null || typeof body === "string" || body instanceof Blob))
        throw new TypeError("only texts and files are sent over a socket");
      const asked = request(
        input,
        {
          socketPath,
          method,
          headers: Object.fromEntries(new Headers(headers)),
          ...(signal ? { signal } : null),
        },
        (answer) => {
          const status = answer.statusCode ?? 0;
          const fields = Object.entries(answer.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((each): [string, string] => [name, each]),
          );
          const stream = bodiless.has(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
          if (stream === null) answer.resume();
          resolve(new Response(stream, { status, headers: fields }));
        },
      );
      // As the runtime's: the client tells a refusal to connect from an answer by this.
      asked.once("error", (cause) => reject(new TypeError("fetch failed", { cause })));
      if (!(body instanceof Blob)) asked.end(body ?? undefined);
      else {
        asked.setHeader("content-length", body.size);
        pipeline(body.stream() as AsyncIterable<Uint8Array>, asked).catch(reject);
      }
    });
}
