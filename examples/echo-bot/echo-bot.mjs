/** Answers `!echo something` with `something`. */
import { createKithClient } from "@kith/client";

const { KITH_URL: url = "http://127.0.0.1:8888", KITH_TOKEN: token } = process.env;
const kith = createKithClient({ url, token });
const me = await kith.me();
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

kith.on("connect", () => console.log("listening"));
for await (const { type, data } of kith.entries({ signal: stop.signal })) {
  // What it says itself begins otherwise, so it never answers itself, though it speaks for the same person.
  if (type !== "message" || !data.text.startsWith("!echo ")) continue;
  const { space, channel, id, text, authorName } = data;
  await kith.post({
    space,
    channel,
    replyTo: id,
    text: text.slice("!echo ".length),
    clientId: `echo-${id.slice(0, 48)}`,
  });
  console.log(`${me.name} answered ${authorName}`);
}
