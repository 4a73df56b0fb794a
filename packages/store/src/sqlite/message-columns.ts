/** What is read of a message: its row `m`, its event `e`, its device `d`. */
export const messageColumns =
  "e.id, m.space, m.channel, m.scope, m.author, m.device, m.seq, m.time_ms, m.time_count, m.reply_to, m.client_id, m.text, m.edited_ms, m.gone, m.expires_ms";
// The device sorts by its bytes, which every replica shares, not by its number here.
export const messageJoins = "JOIN events e ON e.arrival = m.arrival JOIN names d ON d.n = m.device";
