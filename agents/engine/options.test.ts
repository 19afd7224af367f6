import { expect, test } from "bun:test";
import { splitWords } from "../../core/words.ts";
import { createBody } from "./docker-create.ts";
import { parseOptions } from "./options.ts";

function hostConfig(line: string) {
  return bodyOf(line).HostConfig;
}

function bodyOf(line: string) {
  const options = parseOptions(splitWords(line));
  return createBody({
    name: "x",
    image: "i",
    labels: {},
    options,
    command: [],
    envFiles: [],
    stopSignal: undefined,
  });
}

const MAPPED: readonly [line: string, expected: object][] = [
  ["--net host", { NetworkMode: "host" }],
  ["-v/a:/b:ro --volume=data:/c", { Binds: ["/a:/b:ro", "data:/c"] }],
  [
    "--mount type=bind,src=/a,dst=/b,readonly",
    { Mounts: [{ Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }] },
  ],
  ["-p 127.0.0.1:80:8080/udp", { PortBindings: { "8080/udp": [{ HostIp: "127.0.0.1", HostPort: "80" }] } }],
  ["-p 5432", { PortBindings: { "5432/tcp": [{ HostIp: "", HostPort: "" }] } }],
  ["--tmpfs /run:rw,size=64m", { Tmpfs: { "/run": "rw,size=64m" } }],
  ["--shm-size=256m --memory 1.5g", { ShmSize: 268435456, Memory: 1610612736 }],
  ["--ulimit nofile=1024:2048", { Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }] }],
  [
    "--cap-add SYS_NICE --privileged=true --read-only",
    { CapAdd: ["SYS_NICE"], Privileged: true, ReadonlyRootfs: true },
  ],
  [
    "--cpus 1.5 --sysctl net.core.somaxconn=1024",
    { NanoCpus: 1.5e9, Sysctls: { "net.core.somaxconn": "1024" } },
  ],
  ["--security-opt seccomp=unconfined -d --restart=no --restart no", { SecurityOpt: ["seccomp=unconfined"] }],
];
for (const [line, expected] of MAPPED) {
  test(`maps ${line}`, () => expect(hostConfig(line)).toMatchObject(expected));
}

test("maps what belongs to the container itself", () => {
  expect(
    bodyOf("-e A=b -u 999:999 -h db -l x=y --stop-signal SIGINT -it --expose 80 -v /anonymous"),
  ).toMatchObject({
    Env: ["A=b"],
    User: "999:999",
    Hostname: "db",
    Labels: { x: "y" },
    StopSignal: "SIGINT",
    OpenStdin: true,
    Tty: true,
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/anonymous": {} },
  });
});

test("maps a health check", () => {
  expect(bodyOf("--health-cmd 'redis-cli ping' --health-interval 1m30s").Healthcheck).toEqual({
    Test: ["CMD-SHELL", "redis-cli ping"],
    Interval: 90e9,
  });
});

const REFUSED: readonly [line: string, names: string][] = [
  ["--gpus all", "--gpus"],
  ["-x", "-x"],
  ["--restart=always", "--restart"],
  ["--restart on-failure", "--restart"],
  ["--rm", "--rm"],
  ["--name pg", "--name"],
  ["image", "image"],
  ["--env", "--env"],
  ["-e KEY", "KEY=VALUE"],
  ["--memory lots", "--memory"],
  ["-p 1-5:1-5", "--publish"],
  ["--privileged=maybe", "--privileged"],
  ["--mount type=bind,what=ever,dst=/x", "what"],
];
for (const [line, names] of REFUSED) {
  test(`refuses ${line}`, () => expect(() => bodyOf(line)).toThrow(names));
}
