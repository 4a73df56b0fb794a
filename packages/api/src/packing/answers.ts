/**
 * Packs answers for who asks for it. Only what a route says may be: the size of a packed answer tells how much its parts
 * have in common, and where a secret lies beside a text that somebody else chose, that somebody could try guesses at
 * it and look at sizes (BREACH). Spec: http, HT71-HT72.
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { PACK_BYTES_MIN, PACKINGS_MAX } from "../limits.ts";
import { negotiatePacking } from "./negotiate.ts";
import type { Packing } from "./negotiate.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * Whether answers of this route may be packed: they are of one author or one conversation, or no secret at all. "channel": where the
     * query names a channel, all of whose people may read all of the answer. Without it they are not.
     */
    packs?: true | "channel";
  }
}

const pack: Readonly<Record<Packing, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: (bytes) => promisify(gzip)(bytes, { level: 4 }),
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        // 256 KiB looked back at: more memory than that no answer is worth.
        [constants.BROTLI_PARAM_LGWIN]: 18,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
};

function mayPack({ routeOptions, query }: FastifyRequest): boolean {
  const { packs } = routeOptions.config;
  if (packs !== "channel") return packs === true;
  return Object(query).channel !== undefined;
}

function addVary(reply: FastifyReply): void {
  const before = reply.getHeader("vary");
  reply.header("vary", before === undefined ? "accept-encoding" : `${String(before)}, accept-encoding`);
}

/** Before every route. */
export function addPacking(app: App): void {
  let running = 0;
  app.addHook("onSend", async (request, reply, payload) => {
    if (typeof payload !== "string" || reply.statusCode < 200 || reply.statusCode > 299) return payload;
    if (!mayPack(request)) return payload;
    addVary(reply);
    const packing = negotiatePacking(request.headers["accept-encoding"]?.toString());
    // A queue would make those wait who have asked for little.
    if (packing === null || running >= PACKINGS_MAX) return payload;
    const bytes = Buffer.from(payload);
    if (bytes.length < PACK_BYTES_MIN) return payload;
    running += 1;
    try {
      const packed = await pack[packing](bytes);
      reply.header("content-encoding", packing);
      return packed;
    } finally {
      running -= 1;
    }
  });
}
