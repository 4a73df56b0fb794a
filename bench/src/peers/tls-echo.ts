/** The floor: a server that sends back what it hears over TLS as Kith's links use it, and does nothing else. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:tls";
import { createLinkCertificate, tlsParameters } from "@kith/transports/tls";

const certificate = createLinkCertificate({ bytes: (count) => randomBytes(count) });
const server = createServer({ ...tlsParameters, ...certificate }, (socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`${address.port}\n`);
});
