/** A store over a scripted node, opened and looked at as a page would. */
import { createKithStore } from "../store.ts";
import type { KithStore } from "../store.ts";
import type { MessageWindow, Row } from "../types.ts";
import { createManualHost, settle } from "./manual-host.ts";
import type { ManualHost } from "./manual-host.ts";
import { CHANNEL, createScriptedNode, SPACE } from "./scripted-client.ts";
import type { ScriptedNode } from "./scripted-client.ts";

export interface OpenPage {
  readonly node: ScriptedNode;
  readonly host: ManualHost;
  readonly store: KithStore;
  thread(): MessageWindow;
  texts(): string[];
  last(): Row | undefined;
}

export async function openPage(
  options: {
    readonly node?: ScriptedNode;
    readonly host?: ManualHost;
    readonly watch?: boolean;
    readonly tab?: Map<string, string>;
  } = {},
): Promise<OpenPage> {
  const node = options.node ?? createScriptedNode();
  const host = options.host ?? createManualHost(options.tab);
  const store = createKithStore({ client: node.client, host });
  const conversation = { space: SPACE, channel: CHANNEL };
  const thread = (): MessageWindow => store.messages(conversation).get();
  if (options.watch !== false) store.messages(conversation).subscribe(() => undefined);
  await settle();
  await settle();
  return {
    node,
    host,
    store,
    thread,
    texts: () => thread().rows.map(({ text }) => text),
    last: () => thread().rows.at(-1),
  };
}
