import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { checkConfig } from "../../config/check.ts";
import { tcpProbe } from "./outside.ts";
import { profileOf } from "./profile.ts";

test("a listening port is open, a closed one refused", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  expect((await tcpProbe("127.0.0.1", port, 1000)).result).toBe("open");
  await new Promise((resolve) => server.close(resolve));
  expect((await tcpProbe("127.0.0.1", port, 1000)).result).toBe("refused");
  // No time at all is no answer.
  expect((await tcpProbe("127.0.0.1", port, 0)).result).not.toBe("open");
});

test("the profile names what the configuration has, and nothing it has not", () => {
  const checked = checkConfig({
    hosts: [
      { name: "db1", address: "10.99.0.11" },
      {
        name: "db2",
        address: "10.99.0.12",
        fence: { address: "10.99.0.102", username: "a", password_file: "p" },
      },
    ],
    vip: { address: "10.99.0.100" },
    data_dir: "/data",
    services: { redis: { image: "redis:7" } },
  });
  if (!("config" in checked)) throw new Error(JSON.stringify(checked.issues));
  const profile = profileOf(checked.config);
  expect(profile.services.map((service) => [service.name, service.port])).toEqual([
    ["redis", 6379],
    ["nfs", 2049],
  ]);
  expect(profile.fencing).toBe("none");
  expect(profile.hosts.map((host) => host.name)).toEqual(["db1", "db2"]);
});
