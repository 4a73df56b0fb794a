/** Requests as a hostile or odd client sends them: any Host, any header, any bytes. */
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The error's code, when the body is an error. */
  readonly code: string | null;
  json<T = unknown>(): T;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** A string or bytes go out as they are; anything else as JSON. */
  readonly body?: unknown;
}

export function send(url: string, { method = "GET", headers = {}, token, body }: Ask = {}): Promise<Answer> {
  const raw =
    typeof body === "string" || body instanceof Uint8Array || body === undefined
      ? body
      : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method,
      headers: {
        ...(token === undefined ? null : { authorization: `Bearer ${token}` }),
        ...(raw === undefined
          ? null
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(raw)) }),
        ...headers,
      },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const code = /^\{"error":\{"code":"(\w+)"/.exec(text)?.[1] ?? null;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          code,
          json: <T>() => JSON.parse(text) as T,
        });
      });
    });
    outgoing.end(raw);
  });
}

/** Writes bytes to a port and returns what comes back until the other side closes. */
export function sendBytes(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(text) : reject(error),
    );
    socket.on("close", () => resolve(text));
  });
}
