import type { Link, Transport } from "@kith/core";

/** Tells the types of all frames that leave through a transport, and loses those it is told to. */
export function watched(
  transport: Transport,
  onSend: (type: number) => void,
  isLost: (type: number) => boolean = () => false,
): Transport {
  const wrap = (link: Link): Link =>
    new Proxy(link, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "send") return value.bind(target) as unknown;
        return (...args: Parameters<Link["send"]>) => {
          onSend(args[0]);
          return isLost(args[0]) || target.send(...args);
        };
      },
    });
  return {
    path: transport.path,
    listen: (onLink) => transport.listen((link) => onLink(wrap(link))),
    dial: async (address, options) => wrap(await transport.dial(address, options)),
    close: () => transport.close(),
  };
}
