/** Answers `!echo something` with `something`. */
import { createKithClient } from "@kith/client";

const { KITH_URL: url = "http://127.0.0.1:8888", KITH_TOKEN: token } = process.env;
const kith = createKithClient({ url, token });
const me = await kith.me();
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

kith.on("connect", () => console.log("listening"));
for await (const { type, data } of kith.entries({ signal: stop.signal })) {
  if (type !== "message" || !data.text.startsWith("!echo ")) continue;
  // It speaks for the same person as whoever runs it; what it said itself has a clientId that it made.
  if (data.clientId?.startsWith("echo-")) continue;
  const { space, channel, id, authorName } = data;
  const text = data.text.slice("!echo ".length).trim() || "(nothing)";
  try {
    await kith.post({ space, channel, replyTo: id, text, clientId: `echo-${id.slice(0, 48)}` });
    console.log(`${me.name} answered ${authorName}`);
  } catch (error) {
    // One that it may not answer, as in a channel where it only reads, is no reason to stop.
    console.error(`no answer to ${authorName}: ${error.message}`);
  }
}
