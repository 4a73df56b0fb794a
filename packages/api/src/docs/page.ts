/**
 * The surface as a page to read: every call with its scope, schemas, errors and a command to copy, from the same
 * document that programs read. One answer without a script: it is searched by asking again. Spec: http, HT70.
 */
import { ERROR_STATUS, SEARCH_CHARS_MAX } from "@kith/contract";
import { bodySchema, listCalls, refName, searchCalls } from "./description.ts";
import type { Call, Description, Schema } from "./description.ts";
import { errorsOf } from "./errors.ts";
import { curlOf } from "./example.ts";
import { Markup, markup } from "./html.ts";
import { style } from "./style.ts";

/** What a value of a schema is, in a line. */
function typeOf(schema: Schema): Markup {
  const named = refName(schema);
  if (named !== null) return markup`<a href="#schema-${named}">${named}</a>`;
  if (schema.anyOf !== undefined)
    return markup`${schema.anyOf.map((each, index) => markup`${index > 0 ? " or " : ""}${typeOf(each)}`)}`;
  if (schema.const !== undefined) return markup`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return markup`${schema.enum.map((each, index) => markup`${index > 0 ? " | " : ""}<code>${JSON.stringify(each)}</code>`)}`;
  if (schema.type === "array") return markup`list of ${typeOf(schema.items ?? {})}`;
  const type = typeof schema.type === "object" ? schema.type.join(" or ") : (schema.type ?? "anything");
  return markup`${type}${schema.format === undefined ? "" : ` (${schema.format})`}`;
}

function boundsOf(schema: Schema): string {
  const { default: standard, maximum, maxItems, maxLength, minimum, minItems, minLength } = schema;
  const least = minimum ?? minLength ?? minItems;
  const most = maximum ?? maxLength ?? maxItems;
  const unit = (maxLength ?? minLength) ? " characters" : (maxItems ?? minItems) ? " items" : "";
  return [
    least === undefined ? "" : least === 1 && unit !== "" ? ", not empty" : `, at least ${least}${unit}`,
    most === undefined ? "" : `, at most ${most}${unit}`,
    standard === undefined ? "" : `, default ${JSON.stringify(standard)}`,
  ].join("");
}

function field(name: string, schema: Schema, isNeeded: boolean): Markup {
  return markup`<li>
    <code>${name}</code>
    <span class="soft">${isNeeded ? "" : "optional, "}</span>${typeOf(schema)}${boundsOf(schema)}${
      schema.description === undefined ? "" : markup`: ${schema.description}`
    }${fieldsOf(schema)}
  </li>`;
}

/** Of an object, or of a list's items, the fields; nothing of what is meant by name. */
function fieldsOf(schema: Schema): Markup | null {
  const choice = schema.anyOf?.find(({ properties }) => properties !== undefined);
  const { properties, required = [] } =
    choice ?? (schema.items?.properties === undefined ? schema : schema.items);
  if (properties === undefined) return null;
  return markup`<ul>
    ${Object.entries(properties).map(([name, each]) => field(name, each, required.includes(name)))}
  </ul>`;
}

function parameters({ operation }: Call, place: string, title: string): Markup | null {
  const found = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  if (found.length === 0) return null;
  return markup`<h3>${title}</h3>
    <ul>
      ${found.map(({ name, schema = {}, required = false, description }) =>
        field(name, { ...schema, ...(description === undefined ? null : { description }) }, required),
      )}
    </ul>`;
}

function answersOf({ operation }: Call): Markup {
  const good = Object.entries(operation.responses ?? {}).filter(([status]) => /^[123]/.test(status));
  return markup`${good.map(([status, { content }]) => {
    const [type = ""] = Object.keys(content ?? {});
    const schema = content?.["application/json"]?.schema;
    const what = schema === undefined ? type : typeOf(schema);
    return markup`<h3>Answers ${status}${what === "" ? "" : markup`: ${what}`}</h3>
      ${schema === undefined ? null : markup`${schema.description ?? null}${fieldsOf(schema)}`}`;
  })}`;
}

function callPart(call: Call, description: Description, base: string): Markup {
  const { anchor, method, operation, path } = call;
  const body = bodySchema(operation);
  return markup`<details id="${anchor}">
    <summary>
      <span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code>
      <span class="soft">${operation.summary ?? ""}</span>
    </summary>
    <div>
      ${operation.description === undefined ? null : markup`<p>${operation.description}</p>`}
      <p>Scope: <code>${operation["x-scope"] ?? "none"}</code></p>
      ${operation["x-graphql"] === undefined ? null : markup`<p>In GraphQL: <code>${operation["x-graphql"]}</code></p>`}
      ${parameters(call, "path", "Path")}${parameters(call, "query", "Query")}
      ${
        body === undefined
          ? null
          : markup`<h3>Body: ${typeOf(body)}</h3>
              ${fieldsOf(body)}`
      }
      ${answersOf(call)}
      <h3>Errors</h3>
      <p>
        ${errorsOf(call).map((code, index) => markup`${index > 0 ? ", " : ""}<a href="#errors"><code>${code}</code></a>`)}
      </p>
      <h3>Example</h3>
      <pre>${curlOf(call, description, base)}</pre>
    </div>
  </details> `;
}

function group(calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> {
  return Map.groupBy(calls, ({ operation }) => operation.tags?.[0] ?? "other");
}

/** The whole page. `base` is this node's address; `query` is what was searched for, as it was typed. */
export function renderDocs(
  description: Description,
  { base, query }: { readonly base: string; readonly query: string },
): string {
  const calls = searchCalls(listCalls(description), query);
  const schemas = Object.entries(description.components.schemas);
  const statuses = Object.entries(ERROR_STATUS);
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${description.info.title} API</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <header>
          <h1>${description.info.title} API</h1>
          <p>
            ${description.info.description ?? ""} The document behind this page is <code>/openapi.json</code>;
            GraphQL at <code>/graphql</code> has a schema of its own.
          </p>
          <p>The examples take the token from <code>KITH_TOKEN</code>:</p>
          <pre>export KITH_TOKEN="$(cat ~/.kith/api-token)"</pre>
          <form role="search" action="/docs" method="get">
            <label for="q">Find calls by words of their path, text, fields or scope</label>
            <input id="q" name="q" type="search" maxlength="${SEARCH_CHARS_MAX}" value="${query}" />
            <button>Find</button>
          </form>
        </header>
        <main>
          <p role="status">
            ${calls.length === 1 ? "1 call" : `${calls.length} calls`}${query.trim() === "" ? "" : markup` for “${query}”. <a href="/docs">Show all</a>`}
          </p>
          ${[...group(calls)].map(
            ([tag, found]) => markup`<section>
              <h2>${tag}</h2>
              ${found.map((call) => callPart(call, description, base))}
            </section>`,
          )}
          <section id="schemas">
            <h2>Schemas</h2>
            ${schemas.map(
              ([name, schema]) =>
                markup`<h3 id="schema-${name}">${name}</h3>
                  ${schema.description === undefined ? null : markup`<p>${schema.description}</p>`}${fieldsOf(schema)}`,
            )}
          </section>
          <section id="errors">
            <h2>Errors</h2>
            <p>Every one is <code>{"error":{"code","message","next"}}</code>.</p>
            <table>
              <thead>
                <tr>
                  <th>Code</th>
                  <th>Status</th>
                </tr>
              </thead>
              <tbody>
                ${statuses.map(
                  ([code, status]) => markup`<tr><td><code>${code}</code></td><td>${status}</td></tr>\n`,
                )}
              </tbody>
            </table>
          </section>
        </main>
      </body>
    </html> `.text;
}
