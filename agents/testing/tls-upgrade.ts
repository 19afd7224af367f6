import { connect, type Socket } from "node:net";
import { createServer, type TlsOptions } from "node:tls";

/**
 * Goes on with TLS on a connection that began without, as a server does that was asked for it in its own protocol.
 * @param rest what has come after the request already
 * @param serve gets the decrypted side
 */
export function upgradeToTls(
  socket: Socket,
  rest: Buffer,
  tls: TlsOptions,
  serve: (secure: Socket) => void,
): void {
  socket.removeAllListeners("data");
  socket.pause();
  // One connection long: a real TLS server behind, because the beginning of the handshake may have been read.
  const server = createServer(tls, serve);
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const inner = connect(typeof address === "object" && address ? address.port : 0, "127.0.0.1");
    inner.on("error", () => socket.destroy());
    inner.on("close", () => socket.end());
    socket.on("close", () => {
      inner.destroy();
      server.close();
    });
    inner.write(rest);
    socket.pipe(inner);
    inner.pipe(socket);
    socket.resume();
  });
}
