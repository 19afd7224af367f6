import { expect, test } from "bun:test";
import { parseConfig } from "../config/load.ts";
import { testConfig } from "../testing/facts.ts";
import { servicesOf } from "./list.ts";

const resources = (...words: string[]) => servicesOf(testConfig(...words)).map(({ resource }) => resource);
const monitors = (engine: string) =>
  resources(`engine=${engine}`).map(
    ({ operations }) => operations.find(({ name }) => name === "monitor")?.interval,
  );

const BASE = `hosts:
  - { name: db1, address: 10.0.0.1 }
  - { name: db2, address: 10.0.0.2 }
vip: { address: 10.0.0.9 }
data_dir: /data
`;
const fromYaml = (services: string) => servicesOf(parseConfig(`${BASE}services:\n${services}`, "skyha.yaml"));

test("every service is watched, whatever a look costs the engine", () => {
  expect(monitors("docker")).toEqual([10, 10, 10]);
  expect(monitors("podman")).toEqual([10, 10, 10]);
});

test("databases come with an agent of their own, data on the volume, and no secret in their parameters", () => {
  const all = fromYaml(`  postgres: { image: a }
  mysql: { image: b }
  mariadb: { image: c, port: 3307 }
  redis: { image: d }
  valkey: { image: e, port: 6380 }
`).map(({ resource }) => resource);
  expect(all.map(({ id, agent }) => `${id} ${agent}`)).toEqual([
    "postgres ocf:skyha:postgres",
    "mysql ocf:skyha:mysql",
    "mariadb ocf:skyha:mysql",
    "redis ocf:skyha:redis",
    "valkey ocf:skyha:redis",
  ]);
  for (const { id, parameters } of all) {
    expect(parameters).toMatchObject({ mount_check: "/drbd", data_directory: `/drbd/${id}`, name: id });
    expect(JSON.stringify(parameters)).not.toContain("requirepass");
  }
});

test("settings and ports of a server reach its agent; what is not given is not there", () => {
  const [postgres, maria] = fromYaml(
    "  postgres: { image: pg, port: 5433, settings: shared_buffers=2GB }\n  mariadb: { image: maria }\n",
  );
  expect(postgres?.port).toBe(5433);
  expect(postgres?.resource.parameters).toMatchObject({ port: 5433, settings: "shared_buffers=2GB" });
  expect(maria?.resource.parameters).toMatchObject({ port: 3306, dialect: "mariadb" });
  expect(Object.keys(maria?.resource.parameters ?? {})).not.toContain("settings");
});

test("any other container: its directory mounted where it wants it, watched by its port", () => {
  const [web, worker] = fromYaml(`  containers:
    - { name: web, image: web:1, port: 8080, data: /var/lib/web, owner: "33:33", options: "-e A=b", command: "serve -v" }
    - { name: worker, image: worker:1 }
`);
  expect(web).toMatchObject({ name: "web", port: 8080, owner: "33:33" });
  expect(web?.resource.parameters).toEqual({
    engine: "docker",
    name: "web",
    image: "web:1",
    mount_check: "/drbd",
    run_opts: "--network=host -v /drbd/web:/var/lib/web -e A=b",
    run_cmd: "serve -v",
    monitor_port: 8080,
  });
  expect(worker?.port).toBeUndefined();
  expect(worker?.resource.parameters["run_opts"]).toBe("--network=host");
});

test.each([
  ["  redis: { image: a }\n  valkey: { image: b }\n", "6379 is the port of redis already"],
  ["  postgres: { image: a, port: 2049 }\n", "2049 is the port of nfs already"],
  ["  containers: [{ name: web, image: a, port: 22 }]\n", "22 is the port of sshd already"],
  ["  containers: [{ name: redis, image: a }]\n", "redis is taken"],
  ["  containers: [{ name: skyfs, image: a }]\n", "skyfs is taken"],
  ["  containers: [{ name: a, image: a }, { name: a, image: a }]\n", "a is taken"],
])("%j: one address, so a name or a port is used once", (services, message) => {
  expect(() => fromYaml(services)).toThrow(message);
});
