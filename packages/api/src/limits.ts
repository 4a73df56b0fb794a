/** Bounds of the HTTP server itself, each with its reason; bounds of what is said over it lie in contract. */

/** Open HTTP and WebSocket connections together: one person's programs, with room for a leaky script. */
export const CONNECTIONS_MAX = 2_048;
/** Readers of the log over WebSocket, server-sent events and polls together; each costs a cursor and one page in flight. */
export const STREAMS_MAX = 1_024;
/** Bytes of a Unix socket's path: what macOS takes, which is less than Linux does. */
export const SOCKET_PATH_BYTES_MAX = 103;
/** A request must be here in full by then: an 8 MiB batch over a slow tunnel, but no slow-loris. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Unused connections are kept for pools. */
export const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** Answers and frames of fewer bytes go out as they are: packing would save less than a packet. */
export const PACK_BYTES_MIN = 1_024;
/** Answers that are packed at a time, some 300 KiB of memory each; further ones go out as they are. */
export const PACKINGS_MAX = 8;
/** Characters of one path segment as sent: a name of 80 code points, percent-encoded, is 960. */
export const PATH_PART_CHARS_MAX = 1_024;

/** Requests of one token: a burst, then a steady rate. About twice what one core serves, so it stops only loops gone wild. */
export const TOKEN_BURST = 20_000;
export const TOKEN_PER_SECOND = 10_000;
/** Tokens whose rate is remembered. */
export const TOKEN_RATES_MAX = 1_024;
/** Wrong tokens and sign-in codes, all callers together. A right one is never held back, so nobody can be locked out. */
export const BAD_CREDENTIAL_BURST = 60;
export const BAD_CREDENTIAL_PER_SECOND = 10;

/** Characters of a token that are looked at. */
export const TOKEN_CHARS_MAX = 2_048;
/** Tokens for programs that are alive at a time, revoked ones among them: more belongs to a loop gone wild. */
export const TOKENS_MAX = 256;
/** Tokens remembered as checked, by their digest, so that a busy program pays for one check only. */
export const CHECKED_TOKENS_MAX = 1_024;
/** The owner's token lies in a file that only its owner reads; a new secret revokes it. Ten years. */
export const OWNER_TOKEN_MS = 315_360_000_000;
/** A browser signs in again after 90 days. */
export const COOKIE_MS = 7_776_000_000;
/** A sign-in link is opened at once or asked for again. */
export const SIGN_IN_MS = 600_000;
/** Sign-in links not yet used; the oldest makes room. */
export const SIGN_INS_MAX = 16;
/** Bytes of a sign-in code: 256 bits cannot be guessed at any rate. */
export const SIGN_IN_BYTES = 32;

/** Wait after the first wrong passphrase; each further one doubles it. A person who mistypes hardly notices. */
export const TRY_WAIT_MS = 500;
/** The longest wait after a wrong passphrase: a few thousand guesses a day, and its owner is not shut out for long. */
export const TRY_WAIT_MS_MAX = 30_000;

/** Log entries read at a time while a stream catches up. */
export const LOG_PAGE_ENTRIES = 256;
/** Bytes handed to a stream and not yet taken by the network; beyond it the stream reads on from the log once they are. */
export const SOCKET_QUEUE_BYTES_MAX = 1_048_576;
/** Pings are not answered into a fuller queue: answers alone must never keep a blocked stream from reading on. */
export const PONG_QUEUE_BYTES_MAX = SOCKET_QUEUE_BYTES_MAX / 4;
/** Longest time between two looks at whose token has expired: a wall clock that was set is noticed in a minute. */
export const WATCH_MS_MAX = 60_000;
/** A stream that has answered nothing for a whole interval is dead. */
export const SOCKET_PING_MS = 25_000;
/** A comment is sent so often over server-sent events, so that proxies (60 s by default) and readers see a living stream. */
export const EVENTS_BEAT_MS = 15_000;
/** What a browser waits before it connects again to a stream that has ended. */
export const EVENTS_RETRY_MS = 1_000;
/** How long a closing stream may take to say goodbye before it is cut; the process must stop within two seconds. */
export const SOCKET_CLOSE_MS = 500;

/** Levels of fields in a GraphQL query: the schema's longest sensible way is six. */
export const GRAPHQL_DEPTH_MAX = 12;
/** Fields that a GraphQL query may yield, lists by their limits: a page of 500 messages whole is some 15,000. */
export const GRAPHQL_COST_MAX = 50_000;
/** Length that a list without a limit is taken for when a query's cost is counted. */
export const GRAPHQL_LIST_ITEMS = 10;
/** Cost of one mutation: each may wait for the disk, and 50 are one request's share. */
export const GRAPHQL_MUTATION_COST = 1_000;
/** Cost of a query that reads the whole store. */
export const GRAPHQL_WORK_COST = 20_000;
/** Tokens of a GraphQL document: the introspection of a whole schema has about 350. */
export const GRAPHQL_TOKENS_MAX = 2_000;
/** Of what is wrong with a document: a value that was sent may stand in it. */
export const GRAPHQL_MESSAGE_CHARS_MAX = 500;
/** Open GraphQL sockets and requests, streams among them. */
export const GRAPHQL_STREAMS_MAX = 256;
/** Entries that are kept nowhere (who is typing) and wait for one subscription to be read; more are dropped. */
export const GRAPHQL_PASSING_MAX = 64;
/** Operations of one GraphQL socket at a time. */
export const GRAPHQL_OPERATIONS_MAX = 16;
