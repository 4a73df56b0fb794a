import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { keepLink } from "@kith/core/testing";
import { createKeptLog, systemClock, systemRandom } from "../testing/system.ts";
import { CERTIFICATE_MS } from "./limits.ts";
import { tlsParameters } from "./parameters.ts";
import { createTlsTransport } from "./tls-transport.ts";

const never = new AbortController().signal;
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

interface Capture {
  readonly fromDialer: Buffer;
  readonly fromAcceptor: Buffer;
}

/** Two of our nodes talk through a relay that keeps every byte. Dialled by name, since a name is what could leak. */
async function capture(): Promise<Capture> {
  const options = { clock: systemClock, random: systemRandom, log: createKeptLog() };
  const acceptor = createTlsTransport({ ...options, host: "127.0.0.1" });
  const dialer = createTlsTransport(options);
  opened.push(acceptor, dialer);
  const accepted = Promise.withResolvers<ReturnType<typeof keepLink>>();
  const { port } = await acceptor.listen((link) => accepted.resolve(keepLink(link)));

  const fromDialer: Buffer[] = [];
  const fromAcceptor: Buffer[] = [];
  const relay = createServer((near: Socket) => {
    const far = connect({ host: "127.0.0.1", port });
    near.on("data", (bytes) => fromDialer.push(bytes));
    far.on("data", (bytes) => fromAcceptor.push(bytes));
    near.pipe(far);
    far.pipe(near);
  });
  relay.listen(0, "localhost");
  await once(relay, "listening");
  opened.push(relay);
  const { port: relayPort } = relay.address() as { port: number };
  const near = keepLink(await dialer.dial({ host: "localhost", port: relayPort }, { signal: never }));
  const far = await accepted.promise;
  near.link.send(1, Buffer.from("a secret word"), "control");
  far.link.send(1, Buffer.from("another secret"), "control");
  await Promise.all([near.until(() => near.frames.length === 1), far.until(() => far.frames.length === 1)]);
  return { fromDialer: Buffer.concat(fromDialer), fromAcceptor: Buffer.concat(fromAcceptor) };
}

interface Hello {
  readonly cipherSuites: readonly number[];
  readonly sessionIdBytes: number;
  readonly extensions: ReadonlyMap<number, Buffer>;
}

/** RFC 8446 §4.1.2 and §4.1.3: the first handshake message of a stream, which is in clear. */
function readHello(stream: Buffer): Hello {
  expect(stream[0]).toBe(22);
  const body = stream.subarray(9, 5 + stream.readUInt16BE(3));
  const isClient = stream[5] === 1;
  let at = 34;
  const sessionIdBytes = body[at]!;
  at += 1 + sessionIdBytes;
  const suitesBytes = isClient ? body.readUInt16BE(at) : 2;
  if (isClient) at += 2;
  const cipherSuites = Array.from({ length: suitesBytes / 2 }, (_, index) =>
    body.readUInt16BE(at + index * 2),
  );
  at += suitesBytes;
  at += isClient ? 1 + body[at]! : 1;
  const extensions = new Map<number, Buffer>();
  const end = at + 2 + body.readUInt16BE(at);
  for (at += 2; at < end;) {
    const length = body.readUInt16BE(at + 2);
    extensions.set(body.readUInt16BE(at), body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { cipherSuites, sessionIdBytes, extensions };
}

const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const ALPN = 16;
const PRE_SHARED_KEY = 41;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;
const X25519MLKEM768 = "11ec";
const TLS_AES_256_GCM_SHA384 = 0x1302;
const TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

test("[LK1] [LK2] [LK3] attack 16: what is in clear of a handshake names nobody and offers one version, group and cipher", async () => {
  const { fromDialer, fromAcceptor } = await capture();
  const client = readHello(fromDialer);
  const server = readHello(fromAcceptor);
  for (const { extensions } of [client, server]) {
    for (const absent of [SERVER_NAME, ALPN, PRE_SHARED_KEY, EARLY_DATA])
      expect(extensions.has(absent)).toBe(false);
  }
  expect(client.cipherSuites.filter((suite) => suite !== TLS_EMPTY_RENEGOTIATION_INFO_SCSV)).toEqual([
    TLS_AES_256_GCM_SHA384,
  ]);
  expect(server.cipherSuites).toEqual([TLS_AES_256_GCM_SHA384]);
  expect(client.extensions.get(SUPPORTED_GROUPS)?.toString("hex")).toBe(`0002${X25519MLKEM768}`);
  expect(client.extensions.get(KEY_SHARE)?.subarray(2, 4).toString("hex")).toBe(X25519MLKEM768);
  expect(server.extensions.get(KEY_SHARE)?.subarray(0, 2).toString("hex")).toBe(X25519MLKEM768);
  expect(client.extensions.get(SUPPORTED_VERSIONS)?.toString("hex")).toBe("020304");
  expect(server.extensions.get(SUPPORTED_VERSIONS)?.toString("hex")).toBe("0304");
});

test("[LK4] attack 16: neither names, certificates nor frames are seen on the wire", async () => {
  const { fromDialer, fromAcceptor } = await capture();
  for (const stream of [fromDialer, fromAcceptor]) {
    const text = stream.toString("latin1");
    for (const word of ["localhost", "kith", "Kith", "secret"]) expect(text).not.toContain(word);
    // ecdsa-with-SHA256: in every certificate of ours.
    expect(stream.includes(Buffer.from("2a8648ce3d040302", "hex"))).toBe(false);
  }
});

test("[LK1] two connections have nothing of length in common but the fixed form", async () => {
  const [one, two] = [await capture(), await capture()];
  const random = (stream: Buffer): string => stream.subarray(11, 43).toString("hex");
  const share = (stream: Buffer): string => readHello(stream).extensions.get(KEY_SHARE)!.toString("hex");
  for (const side of ["fromDialer", "fromAcceptor"] as const) {
    expect(random(one[side])).not.toBe(random(two[side]));
    expect(share(one[side])).not.toBe(share(two[side]));
  }
  expect([...readHello(one.fromDialer).extensions.keys()]).toEqual([
    ...readHello(two.fromDialer).extensions.keys(),
  ]);
});

test("[LK4] attack 16: who knocks again a minute later is shown another certificate, and others notice nothing", async () => {
  let laterMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + laterMs };
  const acceptor = createTlsTransport({
    clock,
    random: systemRandom,
    log: createKeptLog(),
    host: "127.0.0.1",
  });
  opened.push(acceptor);
  const links: ReturnType<typeof keepLink>[] = [];
  const { port } = await acceptor.listen((link) => links.push(keepLink(link)));
  const knock = async (): Promise<{ shown: string; stranger: TLSSocket }> => {
    const stranger = connectTls({ ...tlsParameters, host: "127.0.0.1", port, rejectUnauthorized: false });
    opened.push({ close: () => stranger.destroy() });
    await once(stranger, "secureConnect");
    return { shown: stranger.getPeerX509Certificate()?.fingerprint256 ?? "", stranger };
  };
  const first = await knock();
  laterMs = CERTIFICATE_MS - 1_000;
  expect((await knock()).shown).toBe(first.shown);
  laterMs = CERTIFICATE_MS + 1_000;
  const second = await knock();
  expect(second.shown).not.toBe(first.shown);
  expect(second.shown).not.toBe("");
  first.stranger.write(Buffer.from("0000000201ff", "hex"));
  while (links.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await links[0]!.until(() => links[0]!.frames.length === 1);
});
