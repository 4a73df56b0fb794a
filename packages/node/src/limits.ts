/** Bounds of one node, each with its reason; docs/LIMITS.md lists them all. */

/** Events between the wire and the disk; beyond it links are paused until half of them are stored. */
export const PIPELINE_EVENTS_MAX = 4_096;

/** Their bytes: large events reach it first, and a fast link must not fill the memory ahead of a slow disk. */
export const PIPELINE_BYTES_MAX = 16 * 1_048_576;

/** Opened events that wait for a parent or for the control events they cite. A peer must not grow this. */
export const WAITING_EVENTS_MAX = 8_192;
export const WAITING_BYTES_MAX = 32 * 1_048_576;

/** Bytes of events whose key is missing, or was announced to nobody, for each device that delivered them. */
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
/** Nor before so many times what the last reading took has passed: at most half a hundredth of the time goes into it. */
export const ROOT_BUSY_PAUSE = 200;
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
/** Messages put away in one commit when their time is over: it takes a few milliseconds. */
export const EXPIRED_AT_ONCE_MAX = 256;
/** The clock is looked at this often while a message is waiting to expire: a machine that slept is late by no more. */
export const EXPIRY_LOOK_MS = 30_000;
/** Messages of one POST: one durable commit of about 200 KB. */
export const MESSAGE_BATCH_MAX = 256;
/** Messages of one page: about 250 KB of JSON. */
export const PAGE_ROWS_MAX = 500;
/** Rows that a search reads at most for the sake of those that it may show: beyond, it shows fewer than were asked for. */
export const SEARCH_ROWS_MAX = 10_000;
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
/** Durations of which the median and the like are told: enough for a 99th percentile that is not one single value. */
export const LATENCIES_KEPT = 1_024;
/** That somebody types is told so often and no more: what is shown of it lasts some seconds. */
export const TYPING_SENT_MS = 2_000;
/** Of one device it is heard so often and no more: an honest one in two channels at a time stays below. */
export const TYPING_HEARD_MS = 500;
/** Joins under way at once. */
export const JOINS_MAX = 16;
/** Epochs of one scope whose keys are taken: any member can make up more, and each costs about 2 KB for ever. */
export const EPOCHS_PER_SCOPE_MAX = 4_096;
/** Bodies under one epoch of a sealed scope, of all its devices: then another is made. */
export const SEALED_EPOCH_BODIES = 50;
/** The same where a scope has had half of all epochs that it may: keys stay few, and the conversation goes on. */
export const SEALED_LONG_BODIES = 2_048;
/** And its age there, well before its keys are destroyed: 15 days. */
export const SEALED_LONG_MS = 15 * 86_400_000;
/** Age of a sealed scope's epoch under which nothing new is written: a day. */
export const SEALED_EPOCH_MS = 86_400_000;
/** Keys of sealed scopes are looked at so often, for those whose time is over. */
export const SEALED_LOOK_MS = 3_600_000;
/** And so long after somebody has said what they keep: more says follow. */
export const SEALED_SOON_MS = 1_000;
/** Longest that keys of a sealed scope are kept for who has not come for them: 30 days. Then what they open is lost, and shown so. */
export const SEALED_KEPT_MS = 30 * 86_400_000;
/** Of those taken from other events: as long as their own events are not here nobody knows that they are of use. A newcomer gets all old ones so at first. */
export const EPOCHS_UNKNOWN_MAX = 768;
/** Earlier keys of one space's control under which a device is heard besides: two parts of a space have one in common, three have two. */
export const FORMER_SPOKEN_MAX = 3;
/**
 * So long after the newest key was made an earlier one is spoken under as well: who was removed with it can tell for that time
 * that a device of the space is near. As long as secrets of prekeys are kept, and with them the way back for who was away.
 */
export const FORMER_SPOKEN_MS = 45 * 24 * 3_600_000;
/** Private channels of one space of which a device takes keys: any member can make up more, and each is read at every start. */
export const PRIVATE_CHANNELS_MAX = 256;
/** Private channels of one space that beacons speak of, each as often as the space itself. */
export const SPOKEN_CHANNELS_MAX = 4;
/** Whoever ranks highest in a private channel fences a removal from the space first; each rank below waits so much longer. */
export const FENCE_TURN_MS = 1_000;
/** A member's device that seems to lack a key is given time to get it otherwise; members act one after another within it. */
export const REBOX_AFTER_MS = 2_000;

/** How often a device looks whether a prekey of its is to be replaced, or a secret to be destroyed. */
export const PREKEY_LOOK_MS = 3_600_000;
/** Age of a prekey for which an epoch was boxed when it is replaced: who steals its secret reads no epoch that follows by more. */
export const PREKEY_ROTATION_MS = 7 * 86_400_000;
/** Age of one for which nothing was boxed: each new one is an event of control for good, and of those there are CONTROL_EVENTS_MAX. */
export const PREKEY_UNUSED_MS = 42 * 86_400_000;
/** A secret is kept so long after the last space has a newer prekey: a member who was away for less has boxed for the old one. */
export const PREKEY_KEPT_MS = 45 * 86_400_000;
/** An event that does not open is given so long until its key is asked for: members' devices have offered theirs by then. */
export const KEY_ASK_AFTER_MS = 5_000;
/** It is asked for again after so long as long as it does not open. */
export const KEY_ASK_AGAIN_MS = 10_000;

/** Refused joinings that are listed until their person has seen them; the oldest go first. */
export const REFUSALS_KEPT_MAX = 64;

/**
 * How long a device that was removed still hears the members' log: longer than the 3 s in which it may wait for what
 * other neighbours had on the way (spec/sync SY51) before it asks for the removal itself.
 */
export const FAREWELL_MS = 5_000;

/** Who is told that no space is shared is given so long to end the link itself. */
export const PARTING_MS = 500;
/** A device that was parted from as sharing no space, and comes back without having understood, is left alone for so long, and each time twice as long. */
export const PART_REST_FIRST_MS = 10_000;
/** The longest such rest: 96 short links a day, and who was let in again by somebody else is met again within it. */
export const PART_REST_MAX_MS = 900_000;

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
/** Bodies of one scope that are asked of a neighbour at once, where a text is missing here. */
export const BODIES_ASKED_MAX = 256;
/** From one such question to the next on a link: 16 KB a second of ids at most, however many events come bare. */
export const BODIES_TICK_MS = 500;
/** Events that came bare a moment ago and are asked for first. What is beyond is asked for with the older ones. */
export const BODIES_FRESH_MAX = 1_024;
/** After all missing bodies have been asked of a neighbour it is left alone for this time, longer each time. */
export const BODIES_REST_MS = 30_000;
/** That time at most: 8 minutes. Who writes events that nobody has the body of costs a question in that time. */
export const BODIES_REST_DOUBLINGS_MAX = 4;

/** Messages that are pinned in one channel, and that are listed: a page that one can look through. */
export const PINS_MAX = 50;

/** Reports of one member that are open in one space: beyond that a person writes to an admin instead. */
export const REPORTS_PER_PERSON_MAX = 64;
/** Reports that are kept, handled ones too, so that none comes twice: some 500 bytes each. */
export const REPORTS_MAX = 4_096;
/** Reports of one space in one list, the newest. */
export const REPORTS_LISTED_MAX = 200;

/** With fewer events missing nothing is asked for early: they are here in a moment. */
export const EARLY_LACKING_MIN = 1_000;
/** Messages of each channel that are asked for before their history: a page and a little. */
export const EARLY_EACH = 50;
/** Scopes of which something is shown before its history, each up to 1 MiB. */
export const EARLY_SCOPES_MAX = 32;
/** A neighbour that says nothing for so long after it was asked for the newest messages is passed over: below the 3.5 s of a dead link. */
export const EARLY_SILENT_MS = 3_000;
/** While much is still missing the newest are asked for again after this time: not all that is new is pushed over a busy link. */
export const EARLY_AGAIN_MS = 60_000;
/** The same when some came for which no key was here yet: keys are on their way. */
export const EARLY_LOCKED_AGAIN_MS = 3_000;
/** One answer in this time for each scope and link: it reads up to 512 events. */
export const EARLY_ANSWER_MS = 2_000;
/** What is shown early is told of together: many come in one frame. */
export const EARLY_TELL_MS = 50;
/** Pages of 500 that are looked through for where a message that is not stored would stand: what is newer than it here is little. */
export const EARLY_LOOK_PAGES_MAX = 8;
/** How often one link's heights are looked at for whether much is missing: they come ten times a second. */
export const EARLY_LOOK_MS = 500;
/** Requests to talk of one person that wait or were declined a short time ago: enough for a few groups, too few to pester. */
export const REQUESTS_PER_PERSON_MAX = 4;
/** Requests to talk on one link: each is handed over once, and of more than a few for one person most are dropped. */
export const REQUESTS_PER_LINK_MAX = 64;
/** Requests to talk that are kept: about 1 KB each. */
export const REQUESTS_MAX = 256;
/** Of them those of people with whom no space is shared: anybody nearby can make up people. */
export const REQUESTS_OF_STRANGERS_MAX = 32;
/** A person whose request was declined is counted for so long. */
export const REQUEST_DECLINED_MS = 30 * 86_400_000;
/** Own requests that wait for their person: a group of 64 in each of a few spaces. */
export const REQUESTS_SENT_MAX = 512;
/** People of one call that makes a group. */
export const GROUP_PEOPLE_MAX = 64;
/** Verified people: each costs a row, and is looked through for names when members are listed. */
export const VERIFIED_PEOPLE_MAX = 4_096;
/** Blocked people: each costs a row, and is asked for at every message that is shown. */
export const BLOCKED_PEOPLE_MAX = 4_096;
