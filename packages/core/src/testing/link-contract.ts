/** What every Transport must do, whatever carries its bytes. An adapter is finished when it passes. spec/link. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX } from "../ports/index.ts";
import type { Link, LinkHandlers, PeerAddress, Transport } from "../ports/index.ts";

export interface TransportPair {
  readonly dialer: Transport;
  readonly acceptor: Transport;
  /** Host under which the dialer reaches the acceptor. */
  readonly acceptorHost: string;
  /** An address of that host where nobody listens. */
  readonly deadAddress: PeerAddress;
}

export interface KeptFrame {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** A link that keeps what it is told. */
export interface KeptLink {
  readonly link: Link;
  readonly frames: KeptFrame[];
  readonly closes: string[];
  /** Resolves once the condition holds; asked again after each call of a handler. */
  until(condition: () => boolean): Promise<void>;
  /** Times onDrain was called. */
  drains(): number;
}

export function keepLink(link: Link, onFrame?: (frame: KeptFrame) => void): KeptLink {
  const frames: KeptFrame[] = [];
  const closes: string[] = [];
  const waiting = new Set<{ condition: () => boolean; resolve: () => void }>();
  let drains = 0;
  function wake(): void {
    for (const entry of waiting) {
      if (!entry.condition()) continue;
      waiting.delete(entry);
      entry.resolve();
    }
  }
  const handlers: LinkHandlers = {
    onFrame(type, payload) {
      frames.push({ type, payload });
      onFrame?.({ type, payload });
      wake();
    },
    onDrain() {
      drains += 1;
      wake();
    },
    onClose(reason) {
      closes.push(reason);
      wake();
    },
  };
  link.attach(handlers);
  return {
    link,
    frames,
    closes,
    drains: () => drains,
    until: (condition) =>
      condition() ? Promise.resolve() : new Promise((resolve) => waiting.add({ condition, resolve })),
  };
}

const never = new AbortController().signal;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export function describeTransportContract(name: string, create: () => Promise<TransportPair>): void {
  describe(`transport contract: ${name}`, () => {
    let pair: TransportPair;
    let port: number;
    /** Attaches to an accepted link; a test may replace it before it dials. */
    let accept: (link: Link) => void;

    beforeEach(async () => {
      pair = await create();
      ({ port } = await pair.acceptor.listen((link) => accept(link)));
    });
    afterEach(async () => {
      await Promise.all([pair.dialer.close(), pair.acceptor.close()]);
    });

    function dial(signal = never): Promise<Link> {
      return pair.dialer.dial({ host: pair.acceptorHost, port }, { signal });
    }
    async function connect(
      options: { readonly onFrame?: (frame: KeptFrame) => void } = {},
    ): Promise<{ near: KeptLink; far: KeptLink }> {
      const accepted = new Promise<KeptLink>((resolve) => {
        accept = (link) => resolve(keepLink(link, options.onFrame));
      });
      const near = keepLink(await dial());
      return { near, far: await accepted };
    }

    test("[LK6] frames arrive both ways as sent, in order, of every size and type", async () => {
      const { near, far } = await connect();
      const sizes = [0, 1, 2, 251, 1_000, 16_384, FRAME_BYTES_MAX - 1, FRAME_BYTES_MAX];
      for (const [index, size] of sizes.entries()) {
        near.link.send(index, new Uint8Array(size).fill(index + 1), "bulk");
        far.link.send(255 - index, new Uint8Array(size).fill(index + 9), "bulk");
      }
      await Promise.all([
        far.until(() => far.frames.length === sizes.length),
        near.until(() => near.frames.length === sizes.length),
      ]);
      for (const [index, size] of sizes.entries()) {
        expect(far.frames[index]).toEqual({ type: index, payload: new Uint8Array(size).fill(index + 1) });
        expect(near.frames[index]).toEqual({
          type: 255 - index,
          payload: new Uint8Array(size).fill(index + 9),
        });
      }
    });

    test("[LK9] control frames overtake queued bulk frames, and order holds within each class", async () => {
      const { near, far } = await connect();
      // More than any adapter hands to its network at once, so that most of it is still queued here.
      const bulk = 40;
      for (let index = 0; index < bulk; index += 1)
        near.link.send(1, new Uint8Array(FRAME_BYTES_MAX).fill(index), "bulk");
      for (let index = 0; index < 3; index += 1) near.link.send(2, Uint8Array.of(index), "control");
      await far.until(() => far.frames.length === bulk + 3);
      const order = far.frames.map(({ type }) => type);
      expect(order.lastIndexOf(2)).toBeLessThan(bulk / 2);
      expect(far.frames.filter(({ type }) => type === 2).map(({ payload }) => payload[0])).toEqual([0, 1, 2]);
      expect(far.frames.filter(({ type }) => type === 1).map(({ payload }) => payload[0])).toEqual(
        Array.from({ length: bulk }, (_, index) => index),
      );
    });

    test("[LK10] send answers false when its reader does not read, and drains when it reads again", async () => {
      const { near, far } = await connect();
      far.link.pause();
      const payload = new Uint8Array(FRAME_BYTES_MAX);
      let sent = 0;
      // A network takes some megabytes by itself before it pushes back.
      while (near.drains() === 0) {
        let room = true;
        while (room) {
          room = near.link.send(3, payload, "bulk");
          sent += 1;
        }
        const before = near.link.queuedBytes;
        expect(before).toBeGreaterThan(0);
        far.link.resume();
        await near.until(() => near.drains() > 0);
        expect(near.link.queuedBytes).toBeLessThan(before);
      }
      await far.until(() => far.frames.length === sent);
      expect(near.closes).toEqual([]);
    });

    test("[LK11] a link whose far side never reads closes instead of queueing without end", async () => {
      const { near, far } = await connect();
      far.link.pause();
      const payload = new Uint8Array(FRAME_BYTES_MAX);
      // 256 MiB, far above any adapter's cap and whatever its network takes.
      for (let index = 0; index < 4_096 && near.closes.length === 0; index += 1) {
        near.link.send(3, payload, "bulk");
        if (index % 64 === 63) await Promise.resolve();
      }
      await near.until(() => near.closes.length > 0);
      expect(near.closes).toEqual(["send-queue-full"]);
      expect(near.link.queuedBytes).toBeLessThan(4 * FRAME_BYTES_MAX);
    });

    test("[LK12] a paused link gives no frame until it is resumed, not even of bytes already here", async () => {
      let paused: (() => void) | null = null;
      const stopped = new Promise<void>((resolve) => {
        paused = resolve;
      });
      let seen: KeptLink | null = null;
      const { near, far } = await connect({
        onFrame: ({ payload }) => {
          if (payload[0] !== 4) return;
          seen?.link.pause();
          paused?.();
        },
      });
      seen = far;
      for (let index = 0; index < 10; index += 1) near.link.send(1, Uint8Array.of(index), "bulk");
      await stopped;
      // A whole round trip the other way: time enough for the rest to have come.
      far.link.send(7, new Uint8Array(), "control");
      await near.until(() => near.frames.length === 1);
      expect(far.frames.length).toBe(5);
      far.link.resume();
      await far.until(() => far.frames.length === 10);
      expect(far.frames.map(({ payload }) => payload[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test("[LK12] frames wait until attach", async () => {
      const accepted = new Promise<KeptLink>((resolve) => {
        accept = (link) => {
          link.send(5, bytesOf("early"), "control");
          resolve(keepLink(link));
        };
      });
      const link = await dial();
      const far = await accepted;
      far.link.send(6, bytesOf("later"), "control");
      await Promise.resolve();
      const near = keepLink(link);
      await near.until(() => near.frames.length === 2);
      expect(near.frames.map(({ type }) => type)).toEqual([5, 6]);
      expect(() => link.attach({ onFrame() {}, onDrain() {}, onClose() {} })).toThrow(
        expect.objectContaining({ code: "LINK_ATTACHED" }),
      );
    });

    test("[LK13] both sides learn once that a link is closed, and nothing is sent after", async () => {
      const { near, far } = await connect();
      near.link.send(1, bytesOf("last words"), "control");
      near.link.close("done");
      near.link.close("again");
      expect(near.link.send(1, bytesOf("too late"), "control")).toBe(false);
      await Promise.all([near.until(() => near.closes.length > 0), far.until(() => far.closes.length > 0)]);
      far.link.close("too");
      await Promise.resolve();
      expect(near.closes).toEqual(["done"]);
      expect(far.closes).toEqual(["remote-closed"]);
      expect(far.frames.map(({ payload }) => Buffer.from(payload).toString())).toEqual(["last words"]);
    });

    test("[LK13] onClose is never called from within close", async () => {
      const { near } = await connect();
      near.link.close("done");
      expect(near.closes).toEqual([]);
      await near.until(() => near.closes.length === 1);
    });

    test("[LK5] the exporter is equal on both sides, differs by label and by connection", async () => {
      const first = await connect();
      const second = await connect();
      const label = "contract label";
      const value = first.near.link.exporter(label);
      expect(value.length).toBe(32);
      expect(first.far.link.exporter(label)).toEqual(value);
      expect(first.near.link.exporter(label)).toEqual(value);
      expect(first.near.link.exporter("contract label 2")).not.toEqual(value);
      expect(second.near.link.exporter(label)).not.toEqual(value);
      expect(second.far.link.exporter(label)).toEqual(second.near.link.exporter(label));
    });

    test("[LK5] the exporter answers after the link is closed: a handshake may begin as its peer hangs up", async () => {
      const { near, far } = await connect();
      const value = near.link.exporter("contract label");
      near.link.close("done");
      await Promise.all([near.until(() => near.closes.length > 0), far.until(() => far.closes.length > 0)]);
      expect([near.link.exporter("contract label"), far.link.exporter("contract label")]).toEqual([
        value,
        value,
      ]);
    });

    test("[LK7] a frame too large, or of no type, is refused to its sender and the link lives on", async () => {
      const { near, far } = await connect();
      expect(() => near.link.send(1, new Uint8Array(FRAME_BYTES_MAX + 1), "bulk")).toThrow(
        expect.objectContaining({ code: "FRAME_TOO_LARGE" }),
      );
      for (const type of [-1, 256, 1.5]) {
        expect(() => near.link.send(type, new Uint8Array(), "bulk")).toThrow(
          expect.objectContaining({ code: "FRAME_TYPE" }),
        );
      }
      near.link.send(1, bytesOf("fits"), "bulk");
      await far.until(() => far.frames.length === 1);
      expect(near.closes).toEqual([]);
    });

    test("[LK9] a sender may use its buffer again, and a receiver may keep its payload", async () => {
      const { near, far } = await connect();
      const buffer = Uint8Array.of(1, 2, 3);
      near.link.send(1, buffer, "bulk");
      buffer.fill(9);
      near.link.send(1, buffer, "bulk");
      await far.until(() => far.frames.length === 2);
      far.frames[0]!.payload.fill(7);
      expect(far.frames[1]!.payload).toEqual(Uint8Array.of(9, 9, 9));
      expect(buffer).toEqual(Uint8Array.of(9, 9, 9));
    });

    test("[LK14] roles and addresses are those of the two sides", async () => {
      const { near, far } = await connect();
      expect([near.link.role, far.link.role]).toEqual(["dialer", "acceptor"]);
      expect(near.link.remote).toEqual({ host: pair.acceptorHost, port });
      expect(far.link.remote.port).toBeGreaterThan(0);
    });

    test("[LK14] dialling where nobody listens is refused", async () => {
      await expect(pair.dialer.dial(pair.deadAddress, { signal: never })).rejects.toMatchObject({
        name: "LinkError",
        code: "LINK_REFUSED",
      });
    });

    test("[LK14] dialling stops at once when it is called off", async () => {
      await expect(dial(AbortSignal.abort(new Error("before")))).rejects.toMatchObject({
        code: "LINK_ABORTED",
      });
      const controller = new AbortController();
      const dialling = dial(controller.signal);
      controller.abort(new Error("meanwhile"));
      await expect(dialling).rejects.toMatchObject({ name: "LinkError", code: "LINK_ABORTED" });
    });

    test("[LK14] a signal that comes after dialling leaves the link alone", async () => {
      const controller = new AbortController();
      const accepted = new Promise<KeptLink>((resolve) => {
        accept = (link) => resolve(keepLink(link));
      });
      const near = keepLink(await dial(controller.signal));
      const far = await accepted;
      controller.abort();
      near.link.send(1, bytesOf("still here"), "bulk");
      await far.until(() => far.frames.length === 1);
    });

    test("[LK17] closing a transport closes its links, its listener and its dialling", async () => {
      const { near, far } = await connect();
      await pair.acceptor.close();
      expect(far.closes).toEqual(["transport-closed"]);
      await near.until(() => near.closes.length === 1);
      await expect(dial()).rejects.toMatchObject({ code: "LINK_REFUSED" });
      await expect(pair.acceptor.listen(() => {})).rejects.toMatchObject({ code: "LINK_CLOSED" });
      const dialling = dial();
      await pair.dialer.close();
      await expect(dialling).rejects.toMatchObject({ name: "LinkError" });
      await expect(dial()).rejects.toMatchObject({ code: "LINK_CLOSED" });
    });
  });
}
