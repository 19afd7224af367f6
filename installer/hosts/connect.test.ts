import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, utils } from "ssh2";
import { SkyhaError } from "../../core/report.ts";
import { connectSsh, dial } from "./connect.ts";
import { fingerprint } from "./known-hosts.ts";

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

/** An SSH server on loopback that lets nobody in by the first `refusals` connections, and a target for it. */
async function sshServer(refusals: number) {
  const folder = mkdtempSync(join(tmpdir(), "skyha-ssh-"));
  const hostKey = utils.generateKeyPairSync("ed25519");
  const clientKey = utils.generateKeyPairSync("ed25519");
  const identityFile = join(folder, "key");
  writeFileSync(identityFile, clientKey.private, { mode: 0o600 });
  let connections = 0;
  const server = new Server({ hostKeys: [hostKey.private] }, (client) => {
    const refused = ++connections <= refusals;
    client.on("error", () => {});
    client.on("authentication", (context) => {
      if (refused || context.method !== "publickey") context.reject();
      else context.accept();
    });
    client.on("session", (accept) =>
      accept().on("exec", (acceptExec) => {
        const channel = acceptExec();
        channel.write("0\n");
        channel.exit(0);
        channel.end();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listening = server.address();
  const parsed = utils.parseKey(hostKey.public);
  if (parsed instanceof Error) throw parsed;
  return {
    connections: () => connections,
    target: {
      name: "db1",
      address: "127.0.0.1",
      port: typeof listening === "object" ? (listening?.port ?? 0) : 0,
      user: "root",
      identityFile,
      knownHostsFile: join(folder, "known_hosts"),
      acceptKeys: [fingerprint(parsed.getPublicSSH())],
    },
    close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

test("a key that is refused once, by a host at work on its packages, is shown again", async () => {
  const server = await sshServer(1);
  const host = await connectSsh(server.target);
  expect(server.connections()).toBe(2);
  await host.close();
  server.close();
});

test("a key that is refused twice is not let in", async () => {
  const server = await sshServer(9);
  const error = await connectSsh(server.target).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SkyhaError);
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining("does not let root in") });
  expect(server.connections()).toBe(2);
  server.close();
});
