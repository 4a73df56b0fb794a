/** One JSON call to the node: the answer's body, or a KithApiError. */
import type { ErrorBody } from "@kith/contract";
import { KithApiError } from "./error.ts";

export interface CallOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly signal?: AbortSignal;
  readonly keepalive?: boolean;
}

export interface Http {
  /** Resolves with the status and the parsed body (undefined for 204). */
  request<T>(method: string, path: string, options?: CallOptions): Promise<{ status: number; body: T }>;
  /** Only the body. */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>;
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

export function createHttp(options: { url: string; token?: string; fetch: typeof fetch }): Http {
  async function ask(
    method: string,
    path: string,
    { body, query, signal, keepalive }: CallOptions,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await options.fetch(`${options.url}${path}${toQuery(query)}`, {
        method,
        headers: {
          ...(options.token === undefined ? null : { authorization: `Bearer ${options.token}` }),
          ...(body === undefined ? null : { "content-type": "application/json" }),
        },
        ...(body === undefined ? null : { body: JSON.stringify(body) }),
        ...(signal === undefined ? null : { signal }),
        ...(keepalive === undefined ? null : { keepalive }),
      });
      // An answer may be cut in its middle: only a body read to its end is an answer.
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new KithApiError(
        {
          status: 0,
          code: "UNREACHABLE",
          message: `no answer from ${options.url}`,
          next: "check that the node runs, then try again",
        },
        { cause: error },
      );
    }
  }

  async function request<T>(
    method: string,
    path: string,
    callOptions: CallOptions = {},
  ): Promise<{ status: number; body: T }> {
    const { status, text } = await ask(method, path, callOptions);
    let body: unknown;
    try {
      body = text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      throw new KithApiError(
        {
          status,
          code: "BAD_ANSWER",
          message: `${options.url} answered something else than JSON`,
          next: "check that the address is a Kith node's",
        },
        { cause: error },
      );
    }
    if (status >= 200 && status < 300) return { status, body: body as T };
    if (isErrorBody(body)) throw new KithApiError({ status, ...body.error });
    throw new KithApiError({
      status,
      code: "BAD_ANSWER",
      message: `${options.url} answered ${status} without a reason`,
      next: "check that the address is a Kith node's",
    });
  }

  return {
    request,
    call: async <T>(method: string, path: string, callOptions?: CallOptions) =>
      (await request<T>(method, path, callOptions)).body,
  };
}
