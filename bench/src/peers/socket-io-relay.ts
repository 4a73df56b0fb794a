/** A chat as it is usually built: socket.io hands what one client says to the others. Neither sealed nor stored. */
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const relay = new Server(http, { transports: ["websocket"] });
relay.on("connection", (socket) => {
  socket.on("message", (message: unknown, answer: (id: string) => void) => {
    socket.broadcast.emit("message", message);
    answer(socket.id);
  });
});
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`${address.port}\n`);
});
