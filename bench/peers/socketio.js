// Socket.IO on Node: what one says is emitted to all.
const http = require("node:http").createServer();
const { Server } = require("socket.io");

const server = new Server(http, { transports: ["websocket"] });
server.on("connection", (socket) => socket.on("say", (body) => server.emit("said", body)));
http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log(http.address().port));
