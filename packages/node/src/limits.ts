/** Bounds of one node, each with its reason; docs/LIMITS.md lists them all. */

/** Events between the wire and the disk; beyond it links are paused until half of them are stored. */
export const PIPELINE_EVENTS_MAX = 4_096;

/** Their bytes: large events reach it first, and a fast link must not fill the memory ahead of a slow disk. */
export const PIPELINE_BYTES_MAX = 16 * 1_048_576;

/** Opened events that wait for a parent or for the control events they cite. A peer must not grow this. */
export const WAITING_EVENTS_MAX = 8_192;
export const WAITING_BYTES_MAX = 32 * 1_048_576;

/** Bytes of events whose key is missing, for each device that delivered them. */
export const LOCKED_BYTES_PER_PEER_MAX = 16 * 1_048_576;
/** The same for all devices together: a member can make up as many as it likes. */
export const LOCKED_BYTES_MAX = 48 * 1_048_576;

/** After a write that the disk refused, events of others are let go unread for so long, twice as long each time. */
export const STORE_REST_FIRST_MS = 1_000;
/** Space that is freed is noticed within this time, by a failed write or two a minute. */
export const STORE_REST_MAX_MS = 15_000;

/** Bytes queued on one link above which live events are left to the next reconciliation. */
export const PUSH_QUEUE_BYTES_MAX = 8 * 1_048_576;

/** An EVENTS frame is closed at this size, so that it stays below the frame limit. */
export const EVENTS_FRAME_BYTES = 60_000;

/** Events read from the store at a time while a peer catches up. */
export const CATCH_UP_READ_ROWS = 128;

/** Often enough to notice a dead link within 4 s, rare enough to leave an idle device asleep. */
export const HEARTBEAT_INTERVAL_MS = 1_000;
/** Nothing heard for so long means a dead link: three heartbeats and a margin. */
export const LINK_SILENT_MS = 3_500;
/** A link whose handshake has not ended by then is closed. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;

/** The first pause after a failed call: a node that restarts is back in about a second. */
export const DIAL_DELAY_FIRST_MS = 200;
/** The longest pause: an address that answers again is found within half a minute, beacon or not. */
export const DIAL_DELAY_MAX_MS = 30_000;
export const DIAL_GROWTH = 1.7;
/** However often an address is heard, it is not called more often than this. */
export const DIAL_REPEAT_MS = 1_000;
/** Dials under way at once. */
export const DIALS_MAX = 16;
/** Addresses kept for redialling. */
export const DIAL_TARGETS_MAX = 1_024;
/** A device that is linked is met anew for an invitation this often at most. */
export const MEET_AGAIN_MS = 30_000;
/** The device with the greater id leaves dialling to the other for so long. */
export const DIAL_COURTESY_MS = 1_500;

/** Two beacons a second: a divergence is seen within a beat, for 2.4 KB/s. */
export const BEAT_MS = 500;
/** Share of a beat by which it is moved at random. */
export const BEAT_JITTER = 0.1;
/** Datagrams of the very first beat, filled with cover, so that their number says nothing. */
export const FIRST_BEAT_DATAGRAMS = 4;
/** A device not heard for so long is no longer listed as near. */
export const STALE_MS = 30_000;
/** At most one unicast answer in this time to one address. */
export const ANSWER_INTERVAL_MS = 1_000;
/** Addresses remembered for that. */
export const ANSWER_SOURCES_MAX = 1_024;
/** Devices heard by beacon that are remembered. */
export const HEARD_DEVICES_MAX = 1_024;
/** How often the dialer compares roots on an open link by itself: beacons may not reach from one side to the other. */
export const ROOT_RECHECK_MS = 30_000;
/** The root of a scope is not read for beacons before nothing was stored in it for so long: shorter than the grace below. */
export const ROOT_REST_MS = 400;
/** Read all the same this often while something is stored without a pause: 80,000 ids of one bucket take 0.2 s. */
export const ROOT_BUSY_MS = 5_000;
/** A root that differs from ours for longer than this is reconciled; shorter, events are still on their way. */
export const ROOT_GRACE_MS = 700;
/** What a digest shows to be missing is given so long to come by itself where there is a link: a push, or a forward after FORWARD_DELAY_MS. */
export const DIGEST_GRACE_MS = 300;
/** Neither a want nor an event goes to the same address again sooner: less than a beat, more than a way there and back. */
export const REPAIR_REPEAT_MS = 400;
/** Remembered for that, some 100 bytes each: what the bounds below let out in a minute. */
export const REPAIR_REMEMBERED_MAX = 8_192;
/** Datagrams that wants and digests of one address bring out in a second, 38 KB: its address may be made up, and a difference has 40. */
export const REPAIR_SENT_PER_SOURCE_MAX = 32;
/** The same of all addresses: 64 a beat, 154 KB a second. A LAN carries that from each of 50 devices. */
export const REPAIR_SENT_TOTAL_MAX = 128;
/** Differences looked into and wants answered in a second for one address, some 0.5 ms each: a host may have several nodes. */
export const REPAIR_LOOKS_PER_SOURCE_MAX = 24;
/** The same of all addresses: 5% of a core. */
export const REPAIR_LOOKS_TOTAL_MAX = 96;
/** Filters sent to one address in a second, and answered for one: each brings out up to REPAIR_SENT_PER_SOURCE_MAX events. */
export const REPAIR_FILTERS_PER_SOURCE_MAX = 1;
/** The same of all addresses, some 1 ms each: 2% of a core. */
export const REPAIR_FILTERS_TOTAL_MAX = 16;
/** Events in datagrams of one address that are checked in a second, 0.1 ms each: what an honest one sends, twice. */
export const REPAIR_CHECKS_PER_SOURCE_MAX = 64;
/** The same of all addresses: 3% of a core. */
export const REPAIR_CHECKS_TOTAL_MAX = 256;
/** Time that one device's reconciliations may take in a second: a fifth of a core, whatever they ask for. */
export const SYNC_CPU_MS_PER_SECOND = 200;
/** What one long step may leave behind, so that the next waits 5 s at most: its device gives a session up after 15. */
export const SYNC_CPU_DEBT_MS_MAX = 1_000;
/** Devices whose use is remembered over their links. */
export const SYNC_CPU_DEVICES_MAX = 1_024;
/** Frames of reconciliations that wait for that, 4 MiB; beyond it nothing more is read from their link. */
export const SYNC_WAITING_FRAMES_MAX = 64;
/** Visible to strangers for so long, then members only again. */
export const NEARBY_MS = 600_000;

/** Acknowledgements for devices other than their author are gathered for so long. */
export const HEIGHTS_DELAY_MS = 100;
/** An event that a neighbour has not acknowledged after this time is forwarded to it. */
export const FORWARD_DELAY_MS = 250;
/** Events remembered for forwarding; older ones are left to reconciliation. */
export const FORWARD_EVENTS_MAX = 4_096;

/** Acknowledgements are gathered for so long before they are written and told: nobody sees a tick come later by this. */
export const DELIVERY_SAVE_DELAY_MS = 30;
/** Messages named by one delivery entry of the change log. */
export const DELIVERY_ENTRY_MESSAGES_MAX = 256;
/** Of one acknowledgement only the newest so many are told one by one; the rest is seen when asked for. */
export const DELIVERY_MESSAGES_MAX = 4_096;
/** Own messages kept in mind until they are acknowledged. */
export const OWN_MESSAGES_REMEMBERED_MAX = 8_192;

/** Points lost by a device for a frame or event that no honest device sends, of 100. */
export const FAULT_COST = 20;
/** One point comes back in this time. */
export const FAULT_RECOVERY_MS = 10_000;
/** Below this a device is hung up on, and refused until it has recovered. */
export const REPUTATION_MIN = 20;
/** Devices whose reputation is remembered. */
export const REPUTATIONS_MAX = 1_024;
/** A lost link weighs on the network's health for so long. */
export const LOSS_MEMORY_MS = 60_000;
/** Health is looked at this often between events. */
export const HEALTH_INTERVAL_MS = 5_000;

export const CLIENT_ID_CHARS_MAX = 128;
/** Messages of one POST: one durable commit of about 200 KB. */
export const MESSAGE_BATCH_MAX = 256;
/** Messages of one page: about 250 KB of JSON. */
export const PAGE_ROWS_MAX = 500;
/** Unread messages are counted to here: nobody reads a greater figure, and a count need not walk a whole history. */
export const UNREAD_MAX = 999;
/** Rows looked at for that in one conversation: own messages between those of others, and a few milliseconds. */
export const UNREAD_LOOK_ROWS = 4_096;
/** One proof frame of the handshake proves so many at once (spec/handshake HS5). */
export const SPACES_MAX = 256;
/** A link of a device is for two devices that lie side by side: after so long it is over. */
export const LINKING_OFFER_MS = 600_000;
/** Wrong entries of the digits that end it: three slips, and nobody guesses one of a million. */
export const LINKING_TRIES_MAX = 3;
/** Joins under way at once. */
export const JOINS_MAX = 16;
/** Epochs of one scope whose keys are taken: any member can make up more, and each costs about 2 KB for ever. */
export const EPOCHS_PER_SCOPE_MAX = 1_024;
/** Private channels of one space of which a device takes keys: any member can make up more, and each is read at every start. */
export const PRIVATE_CHANNELS_MAX = 256;
/** Private channels of one space that beacons speak of, each as often as the space itself. */
export const SPOKEN_CHANNELS_MAX = 4;
/** Whoever ranks highest in a private channel fences a removal from the space first; each rank below waits so much longer. */
export const FENCE_TURN_MS = 1_000;
/** A member's device that seems to lack a key is given time to get it otherwise; members act one after another within it. */
export const REBOX_AFTER_MS = 2_000;

/**
 * How long a device that was removed still hears the members' log: longer than the 3 s in which it may wait for what
 * other neighbours had on the way (spec/sync SY51) before it asks for the removal itself.
 */
export const FAREWELL_MS = 5_000;

/** Chains of which one link remembers how far the other side keeps them, over all scopes: a space of 4,000 devices, four times. */
export const CLAIMS_MAX = 16_384;

/** Scopes of which one link says how it wants to be served: two for each space that a node may be in. */
export const TERMS_MAX = 512;
/** Pieces of work in line for one link: wants of a peer that asks without reading. */
export const LINE_LENGTH_MAX = 1_024;
/** Ids that one neighbour may be asked for at once, 460 KB: more than is on the way on a LAN. */
export const ASKED_PER_LINK_MAX = 1_024;
/** The same after it has been slow: little enough to lose again, and enough to be seen to be quick again. */
export const ASKED_PER_LINK_MIN = 64;
/** Ids that all neighbours together are asked for: what comes out of order must find room to wait for its causes. */
export const ASKED_IDS_MAX = 4_096;
/** With so many events waiting for causes nothing further is asked for but the causes: half of WAITING_EVENTS_MAX. */
export const ASK_WAITING_EVENTS_MAX = 4_096;
/** A neighbour that has sent nothing of what it was asked for in this time loses it to others: below the 3.5 s of a dead link. */
export const ASK_SILENT_MS = 3_000;
/** What was asked for so long ago goes to another, however much else came: a trickle must not hold things up. */
export const ASK_AGE_MS_MAX = 10_000;
/** What nobody else has is let go after this time without a sign, and reconciled again: as long as a session may idle. */
export const ASK_GIVE_UP_MS = 15_000;
/** How often that is looked at while anything is wanted. */
export const ASK_TICK_MS = 500;
/** Ids that one neighbour has offered and that are not here, 1.5 MB: before that it is not told to go on. */
export const OFFERED_PER_LINK_MAX = 8_192;
/** The same of all neighbours, each id counted for each: some 20 MB. What is beyond is left to the next reconciliation. */
export const OFFERED_IDS_MAX = 131_072;
/** Neighbours remembered for one id: with so many to go to, one of them will send it. */
export const HOLDERS_MAX = 8;
/** Events below the floor of a scope that are kept as causes, some 300 bytes each: the last of each chain, and what tells of keys. */
export const CAUSES_MAX = 16_384;
