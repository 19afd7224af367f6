import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { dial } from "./connect.ts";

test("a connection that comes about is handed over without a time-out of its own", async () => {
  const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const socket = await dial("127.0.0.1", typeof address === "object" ? (address?.port ?? 0) : 0, 1000);
  expect(socket.timeout ?? 0).toBe(0);
  socket.destroy();
  server.close();
});

test("a closed port is refused at once", async () => {
  await expect(dial("127.0.0.1", 1, 1000)).rejects.toThrow("ECONNREFUSED");
});
