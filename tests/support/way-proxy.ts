/**
 * A reverse proxy as stands between programs and nodes: it passes calls on, and does to the ways of the log what
 * such machines do. What it does can change while it runs.
 */
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface ProxyRules {
  /** refuse: answered 502; hang: taken and never answered. */
  readonly socket: "pass" | "refuse" | "hang";
  /** refuse: answered 502; buffer: held back until the node has ended it; hang: never answered. */
  readonly events: "pass" | "refuse" | "buffer" | "hang";
  /** Of all other calls. refuse: answered 502; lose: passed on, and the answer is cut off; hang: taken, and never answered. */
  readonly calls: "pass" | "refuse" | "lose" | "hang";
}

export interface WayProxy {
  readonly url: string;
  rules: ProxyRules;
  /** Calls when the next answer has been cut off. */
  onLost(run: () => void): void;
  /** Calls when the next call has been left without an answer. */
  onHung(run: () => void): void;
  /** Upgrades asked for since it runs. */
  upgrades(): number;
  /** Destroys every connection that goes through, wherever in a frame or answer it is. */
  cut(): void;
  close(): Promise<void>;
}

function refuse(response: ServerResponse): void {
  response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
}

function passOn(
  port: number,
  incoming: IncomingMessage,
  response: ServerResponse,
  { isBuffered, onLost }: { isBuffered: boolean; onLost: (() => void) | null },
): void {
  const headers = { ...incoming.headers, host: `127.0.0.1:${port}` };
  const { method, url: path } = incoming;
  const outgoing = request({ port, host: "127.0.0.1", method, path, headers }, (answer) => {
    if (onLost !== null) {
      response.destroy();
      onLost();
      return;
    }
    const held: Buffer[] = [];
    if (!isBuffered) response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("data", (bytes: Buffer) => (isBuffered ? held.push(bytes) : response.write(bytes)));
    answer.on("error", () => response.destroy());
    answer.on("end", () => {
      if (isBuffered) response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.end(Buffer.concat(held));
    });
  });
  outgoing.on("error", () => (response.headersSent ? response.destroy() : refuse(response)));
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function passUpgrade(port: number, incoming: IncomingMessage, client: Socket, head: Buffer): void {
  const upstream = connect(port, "127.0.0.1", () => {
    const headers = incoming.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 1
        ? []
        : `${name}: ${name.toLowerCase() === "host" ? `127.0.0.1:${port}` : (all[index + 1] ?? "")}`,
    );
    upstream.write(`GET ${incoming.url ?? "/"} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  upstream.on("error", () => client.destroy());
  client.on("error", () => upstream.destroy());
  client.on("close", () => upstream.destroy());
}

export async function startWayProxy(nodePort: number, rules: Partial<ProxyRules> = {}): Promise<WayProxy> {
  const sockets = new Set<Socket>();
  let upgrades = 0;
  let lost = (): void => undefined;
  let hung = (): void => undefined;
  const tellLost = (): void => lost();
  const server = createServer((incoming, response) => {
    const isEvents = incoming.url?.startsWith("/api/events") === true;
    if (isEvents && proxy.rules.events === "hang") return;
    const { calls, events } = proxy.rules;
    if (!isEvents && calls === "hang") {
      hung();
      return;
    }
    if ((isEvents ? events : calls) === "refuse") refuse(response);
    else
      passOn(nodePort, incoming, response, {
        isBuffered: isEvents && events === "buffer",
        onLost: !isEvents && calls === "lose" ? tellLost : null,
      });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("upgrade", (incoming, socket: Socket, head: Buffer) => {
    upgrades += 1;
    if (proxy.rules.socket === "refuse") socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    else if (proxy.rules.socket === "pass") passUpgrade(nodePort, incoming, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: WayProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rules: { socket: "pass", events: "pass", calls: "pass", ...rules },
    onLost(run) {
      lost = run;
    },
    onHung(run) {
      hung = run;
    },
    upgrades: () => upgrades,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      proxy.cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
