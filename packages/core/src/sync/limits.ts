/** Bounds of peer frames and of sync, each with its reason; docs/LIMITS.md repeats them for people. spec/sync. */
import { FRAME_BYTES_MAX } from "../ports/index.ts";

/** Ids in one SYNC_IDS frame: 60,800 bytes, so that the frame with its fields stays below 64 KiB. */
export const SYNC_IDS_MAX = 1_900;
/** Entries of 36 bytes in one SYNC_BUCKETS frame: 57,600 bytes. */
export const SYNC_BUCKETS_MAX = 1_600;
/** Ids in one WANT frame: one frame must not order more than about a second of a link's work. */
export const WANT_IDS_MAX = 1_024;
/** Ids in one OFFER frame, 32 KiB: what one WANT may name. */
export const OFFER_IDS_MAX = 1_024;
/** Offers that a side may have open on one link, until the other has dealt with them: the ids of two seconds of a quick link. */
export const OFFERS_OPEN_MAX = 4;
/** Messages of each channel that one may ask to see before their history: the newest page of a reader. */
export const EARLY_EACH_MAX = 100;
/** Messages of one scope that are shown before their history, 300 KB of common ones: ten busy channels, or a page more. */
export const EARLY_EVENTS_MAX = 512;
/** Their outer forms together, in one answer and in memory. */
export const EARLY_BYTES_MAX = 1_048_576;
/** Rounds of one session. An honest pair needs two or three; a peer that keeps changing its mind is cut off. */
export const SYNC_ROUNDS_MAX = 64;
/** Bucket roots and id lists of one session, both ways: half a million ids. */
export const SYNC_METADATA_BYTES_MAX = 16 * 1_048_576;
/** Sessions that one side of a link may have open at the other at once. */
export const SYNC_SESSIONS_MAX = 2;
/** Four bytes, as in the key of cells: more days than any clock will count. */
export const DAY_MAX = 0xffff_ffff;
/** A message of ranges: a frame's payload less its fields. */
export const RANGES_MESSAGE_BYTES_MAX = FRAME_BYTES_MAX - 64;
/** Beyond this difference in number alone cells cannot hold it: about 1.4 of them go on each. */
export const CELLS_DIFFERENCE_MAX = 2_900;

/** Beyond the third stage cells are asked for in steps of this share: at most so many of them are too many. */
export const CELL_STEP_SHARE = 0.125;
/** When none of so many cells before the thousandth is like ours, some 2,500 events differ: more cells would not hold them. */
export const CELLS_TELLING = 128;
/** Messages of ranges in one session: those of 64 KiB fill its metadata long before, small ones are a way to cost time. */
export const RANGES_MESSAGES_MAX = 512;

/** Scopes whose cells, 64 KiB each, and ranges, a byte or two an event, stay in memory. */
export const INDEXED_SCOPES_MAX = 64;

/** Events by which cells have grown that are worth writing them down, 64 KiB: as many are read again after a start, in under 10 ms. */
export const CELLS_KEPT_AFTER_EVENTS = 4_096;
/** Ids that one step back through the order of arrival hashes to find short ids: some 15 ms. What two sides lack is mostly new. */
export const SHORT_STEP_IDS = 8_192;

/** Ids that all digests of one beat may read: under 10 ms. A history of a million is read in two minutes, at start and when the day changes. */
export const DIGEST_READ_ROWS_MAX = 4_096;
/** Newest ids of a scope among which those of a small difference are looked for: 0.4 ms of hashes, 100 KB. */
export const DIGEST_RECENT_IDS_MAX = 1_024;
/** More than so many between two digests of a scope are more than its cells could tell: it is read when the rush is over. */
export const DIGEST_RUSH_EVENTS = 1_024;

/** Session numbers are exact JavaScript integers and four bytes on the wire. */
export const SYNC_SESSION_MAX = 0xffff_ffff;

/** Events in one EVENTS frame: an event takes at least some hundred bytes, so this only stops frames of empty ones. */
export const EVENTS_PER_FRAME_MAX = 512;
/** What EVENTS may spend on outer forms and their lengths. */
export const EVENTS_PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - 32;
/** Chain heights in one HEIGHTS frame, about 40 bytes each; more go in further frames. */
export const HEIGHTS_MAX = 1_400;
/** Boxes asked for in one BOX_WANT frame: the answer is about 1.3 KB for each. */
export const BOX_WANTS_MAX = 256;
/** Places of events without a key in one BOX_WANT frame: each may have the other side look through its keys' tags of a bucket. */
export const LOCKED_WANTS_MAX = 16;
/** Bodies asked for in one BODY_WANT frame: the answer is at most some 4 MB, and the next question comes after it. */
export const BODY_WANTS_MAX = 64;
/** Of the bodies in one BODIES frame together: the longest fits, and the frame's own fields. */
export const BODIES_BYTES_MAX = 63_488;
/** One box: an HPKE share of 1.1 KB and the sealed secrets, with room for a successor suite. */
export const BOX_BYTES_MAX = 8_192;
/** One step of linking a device: as many spaces as one may be in, a certificate, a name. */
export const LINKING_BYTES_MAX = 12_288;
/** A request to talk: addresses of its sender, a name, a short text. */
export const TALK_REQUEST_BYTES_MAX = 4_096;
/** Spaces whose control heads one HELLO names; SYNC_ROOT covers the rest. */
export const HELLO_SPACES_MAX = 64;
/** Heads of one scope: more than this are merged first. */
export const HELLO_HEADS_MAX = 16;
/** UTF-8 bytes of a name: 80 code points. */
export const PEER_NAME_BYTES_MAX = 320;
/** UTF-8 bytes of the words that go with an error code. */
export const DETAIL_BYTES_MAX = 512;
/** Characters of an error code. */
export const CODE_BYTES_MAX = 64;

/** Buckets whose leaf hashes stay in memory, about 40 KiB each: new events fall into the newest few. */
export const ROOT_LEAF_BUCKETS_MAX = 32;
/** Leaves of a bucket: one for each first byte of an id. */
export const ROOT_LEAVES = 256;

/** Cells of one reconciliation: about 2,900 differences in 52 KiB, one frame. Beyond that ranges are cheaper. */
export const CELLS_MAX = 4_096;
/** One cell: 8 bytes of sum, 4 of check, 1 of count. 80 of them take 1,040 bytes of a 1,200-byte datagram. */
export const CELL_BYTES = 13;
/** Cells that are taken in before each attempt: a datagram's, then about four times as many each time. */
export const CELL_STAGES = [80, 256, 1_024, CELLS_MAX] as const;
/** Changes of one cell that peeling may make for each cell received. Honest cells need about 11; forged ones could go in circles. */
export const PEEL_STEPS_PER_CELL_MAX = 64;
/** Pairs of cells that one decoding may try once peeling is stuck: 0.4 ms of hashes. Honest ones need some hundreds. */
export const CELL_PAIRS_MAX = 2_048;
/** Pairs are tried when no more cells than this are left, about a datagram's: of n cells there are n * n / 2. */
export const CELL_PAIRS_CELLS_MAX = 80;

/** The bits of a Bloom filter, 128 KiB: about 110,000 ids at one false positive in a hundred. */
export const BLOOM_FILTER_BYTES_MAX = 131_072;
/** The least size: in smaller ones chance alone fills more than 60%. */
export const BLOOM_FILTER_BYTES_MIN = 64;
/** Probes for each id: one false positive in 65,536, beyond which a filter is longer than what it saves. */
export const BLOOM_HASHES_MAX = 16;
/** Percent of bits set. An honest filter has about half; a full one would say that its sender lacks nothing. */
export const BLOOM_FILL_PERCENT_MAX = 60;
/** The share of missing ids that a filter hides unless its maker is told another: the next round's shows 99 of 100 of them. */
export const BLOOM_RATE = 0.01;
/** A filter goes in pieces of a frame each, less its fields: three at most. */
export const BLOOM_PIECE_BYTES_MAX = FRAME_BYTES_MAX - 128;
/** Ids of the newest window, 20 KB of filter: most differences are recent. */
export const BLOOM_WINDOW_IDS_FIRST = 16_384;
/** By so much each older window is larger, up to what one filter holds. */
export const BLOOM_WINDOW_GROWTH = 4;
/** Rounds on one window while they change something: at 5% the third leaves one missing id in 8,000. */
export const BLOOM_WINDOW_ROUNDS_MAX = 3;
/** Ways back through all windows without a change until the rung is given up: at 5% both hide one id once in 400 times. */
export const BLOOM_PASSES_MAX = 2;

/** One RBSR message, both ways: it travels in one frame. 0 lifts it, for public peers that have no such bound. */
export const RBSR_MESSAGE_BYTES_MAX = FRAME_BYTES_MAX;
/** The least that a message may be cut to: one split of 16 ranges with the longest bounds always fits. */
export const RBSR_MESSAGE_BYTES_MIN = 4_096;
/** Ranges of one message between Kith nodes: each costs a fingerprint, about 10 µs. 0 lifts it, for public peers. */
export const RBSR_RANGES_MAX = 512;
/** The least that messages may be cut to: a skip, a split of 16, and room for the remainder. */
export const RBSR_RANGES_MIN = 32;
/** Ids that a session remembers so as to tell each once, some 70 bytes each: as many as 16 MiB of lists name. */
export const RBSR_TOLD_IDS_MAX = 524_288;
/** Milliseconds that a bound or an item may carry: exact as a JavaScript number. */
export const RBSR_TIMESTAMP_MAX = 2 ** 53 - 1;
/** Items of a leaf, 40 bytes each: about 2 µs to sum, which a range does at both of its ends. */
export const RBSR_LEAF_ITEMS_MAX = 256;
/** Leaves whose items stay in memory beside the store, 10 KB each, over all scopes: half a million events are warm. */
export const RANGE_LEAVES_WARM_MAX = 2_048;
/** Children of an inner node: four levels then hold 60 million items. */
export const RBSR_NODE_CHILDREN_MAX = 64;
