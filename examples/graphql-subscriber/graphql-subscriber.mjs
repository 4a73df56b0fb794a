/** Prints each new message: one POST whose answer does not end. */
const { KITH_URL: url = "http://127.0.0.1:8888", KITH_TOKEN: token } = process.env;
const query = `subscription ($since: ID) {
  log(since: $since) { cursor type message { text authorName spaceInfo { name } } }
}`;

/** The data of each event; who begins again passes the last cursor on. */
async function* subscribe(since, signal) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ query, variables: { since } }),
    signal,
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  console.log("subscribed");
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice("data: ".length));
    }
  }
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
let cursor;
while (!stop.signal.aborted) {
  try {
    for await (const { data, errors } of subscribe(cursor, stop.signal)) {
      if (errors !== undefined) throw new Error(errors[0].message);
      if (data === undefined) continue;
      ({ cursor } = data.log);
      const { message } = data.log;
      if (message !== null) console.log(`${message.spaceInfo.name} | ${message.authorName}: ${message.text}`);
    }
  } catch (error) {
    if (!stop.signal.aborted) console.error(error.message);
  }
  if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1_000));
}
