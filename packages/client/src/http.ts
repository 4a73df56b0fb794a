/** One JSON call to the node: the answer's body, or a KithApiError. */
import type { ErrorBody } from "@kith/contract";
import { KithApiError, unreachable } from "./error.ts";

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, in place of a body. */
  readonly file?: Blob;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly signal?: AbortSignal;
  readonly keepalive?: boolean;
}

export interface Http {
  /** Resolves with the status and the parsed body (undefined for 204). */
  request<T>(method: string, path: string, options?: CallOptions): Promise<{ status: number; body: T }>;
  /** Only the body. */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>;
  /** A call (GET unless said otherwise) whose answer is read as it comes. */
  open(path: string, options?: CallOptions & { readonly method?: string }): Promise<Response>;
}

function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === "object" &&
    value !== null &&
    "error" in value &&
    typeof value.error === "object" &&
    value.error !== null
  );
}

function toQuery(query: CallOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Rejects with the signal's reason as soon as it aborts: runtimes differ in when they do, and in what with. */
function orAborted<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (signal === undefined) return run();
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => reject(signal.reason as Error);
    // Before the runtime hears of it.
    signal.addEventListener("abort", onAbort);
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

export function createHttp(options: { url: string; token?: string; fetch: typeof fetch }): Http {
  const { url, token } = options;

  function ask(
    method: string,
    path: string,
    { body, file, query, signal, keepalive }: CallOptions,
  ): Promise<Response> {
    return options.fetch(`${url}${path}${toQuery(query)}`, {
      method,
      headers: {
        ...(token === undefined ? null : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? null : { "content-type": "application/json" }),
        ...(file === undefined ? null : { "content-type": "application/octet-stream" }),
      },
      ...(body === undefined ? null : { body: JSON.stringify(body) }),
      ...(file === undefined ? null : { body: file }),
      ...(signal === undefined ? null : { signal }),
      ...(keepalive === undefined ? null : { keepalive }),
    });
  }

  /** The body of an answer, or the error that it is. */
  function read(status: number, text: string): unknown {
    let body: unknown;
    try {
      body = text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      throw badAnswer(status, `${url} answered something else than JSON`, error);
    }
    if (status >= 200 && status < 300) return body;
    if (isErrorBody(body)) throw new KithApiError({ status, ...body.error });
    throw badAnswer(status, `${url} answered ${status} without a reason`);
  }

  function badAnswer(status: number, message: string, cause?: unknown): KithApiError {
    const next = "check that the address is a Kith node's";
    return new KithApiError({ status, code: "BAD_ANSWER", message, next }, { cause });
  }

  async function exchange<T>(
    method: string,
    path: string,
    callOptions: CallOptions,
  ): Promise<{ status: number; body: T }> {
    let status: number;
    let text: string;
    try {
      const response = await ask(method, path, callOptions);
      // An answer may be cut in its middle: only a body read to its end is an answer.
      ({ status } = response);
      text = await response.text();
    } catch (error) {
      throw unreachable(error, url);
    }
    return { status, body: read(status, text) as T };
  }

  const request = <T>(method: string, path: string, callOptions: CallOptions = {}) =>
    orAborted(callOptions.signal, () => exchange<T>(method, path, callOptions));

  return {
    request,
    call: async <T>(method: string, path: string, callOptions?: CallOptions) =>
      (await request<T>(method, path, callOptions)).body,
    open: (path, { method = "GET", ...callOptions } = {}) =>
      orAborted(callOptions.signal, async () => {
        const response = await ask(method, path, callOptions);
        if (!response.ok) read(response.status, await response.text());
        return response;
      }),
  };
}
