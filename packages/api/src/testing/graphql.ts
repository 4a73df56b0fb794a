/** Questions in GraphQL to a server of the tests. */
import { send } from "./send.ts";
import type { Answer } from "./send.ts";

export interface GraphqlResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: { readonly code: string; readonly next: string };
  }[];
}

interface Served {
  readonly server: { readonly url: string };
}

export interface GraphqlAsker {
  /** The data of an answer without errors; throws with them else. */
  data(query: string): Promise<Readonly<Record<string, unknown>>>;
  /** The code of the first error; null: there is none. */
  code(query: string): Promise<string | null>;
  /** The body that REST answers, to compare with. */
  rest<T>(path: string): Promise<T>;
}

export function askGraphql({ server }: Served, token: string): GraphqlAsker {
  const ask = (query: string): Promise<Answer> =>
    send(`${server.url}/graphql`, { method: "POST", token, body: { query } });
  return {
    async data(query) {
      const answer = await ask(query);
      const { data, errors } = answer.json<GraphqlResult>();
      if (errors !== undefined || data === null || data === undefined)
        throw new Error(`${query} was answered ${answer.text}`);
      return data;
    },
    async code(query) {
      return (await ask(query)).json<GraphqlResult>().errors?.[0]?.extensions.code ?? null;
    },
    async rest<T>(path: string) {
      return (await send(server.url + path, { token })).json<T>();
    },
  };
}
