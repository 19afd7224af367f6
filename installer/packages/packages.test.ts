import { describe, expect, test } from "bun:test";
import { createFakeHost } from "../hosts/fake.ts";
import { PATHS } from "../names.ts";
import { testConfig } from "../testing/facts.ts";
import { apt } from "./apt.ts";
import { dnf } from "./dnf.ts";
import { packageManagerFor } from "./manager.ts";

const os = (id: string, versionId: string, idLike: string[] = []) => ({
  id,
  versionId,
  idLike,
  prettyName: `${id} ${versionId}`,
});
const withAgent = (agent: "fence_skyha_ipmi" | "fence_ipmilan") => {
  const config = testConfig();
  const hosts = config.hosts.map((host) => ({ ...host, fence: host.fence && { ...host.fence, agent } }));
  return { ...config, hosts } as unknown as typeof config;
};

describe("apt", () => {
  const install = /^install$/;
  const script = (code: number) => [
    { argv: ["env", ...Array(9).fill(/./), "update"] },
    {
      argv: ["env", ...Array(9).fill(/./), install, "--no-install-recommends", "pacemaker"],
      code,
      stderr: "no space",
    },
    { argv: ["systemctl", "daemon-reload"] },
    { argv: ["rm", "-f", PATHS.policy] },
  ];

  test("nothing is started on the way, and units are read once at the end", async () => {
    const host = createFakeHost("db1", script(0));
    await apt.install(host, ["pacemaker"], () => {});
    expect(host.files.get(PATHS.policy)).toContain("exit 101");
    expect(host.ran.map(({ argv }) => argv.at(-1))).toEqual([
      "update",
      "pacemaker",
      "daemon-reload",
      PATHS.policy,
    ]);
    expect(host.ran[1]?.argv).toContain("SYSTEMD_OFFLINE=1");
  });

  test("when it fails the guard goes all the same; somebody else's stays", async () => {
    const host = createFakeHost("db1", script(100));
    await expect(apt.install(host, ["pacemaker"], () => {})).rejects.toThrow("no space");
    expect(host.ran.at(-1)?.argv).toEqual(["rm", "-f", PATHS.policy]);
    const foreign = createFakeHost("db1", script(0), { [PATHS.policy]: "mine" });
    await apt.install(foreign, ["pacemaker"], () => {});
    expect(foreign.files.get(PATHS.policy)).toBe("mine");
    expect(foreign.ran.some(({ argv }) => argv[0] === "rm")).toBe(false);
  });

  test("a guard that a killed installation has left goes with the next one", async () => {
    const host = createFakeHost("db1", script(0));
    await expect(
      apt.install({ ...host, exec: () => Promise.reject(new Error("killed")) }, ["pacemaker"], () => {}),
    ).rejects.toThrow();
    const left = host.files.get(PATHS.policy) ?? "";
    expect(left).toContain("exit 101");
    const again = createFakeHost("db1", script(0), { [PATHS.policy]: left });
    await apt.install(again, ["pacemaker"], () => {});
    expect(again.ran.at(-1)?.argv).toEqual(["rm", "-f", PATHS.policy]);
  });

  test.each([
    ["12", "fence_skyha_ipmi", false, "fence-agents"],
    ["12", "fence_ipmilan", true, "fence-agents"],
    ["13", "fence_ipmilan", true, "fence-agents-ipmilan"],
  ] as const)("Debian %s with %s: its package %p", (version, agent, wanted, name) => {
    const host = { os: os("debian", version), appArmor: true };
    expect(apt.wanted(withAgent(agent), host).includes(name)).toBe(wanted);
  });

  test.each([
    ["docker", true, true],
    ["docker", false, false],
    ["podman", true, false],
  ] as const)("%s, AppArmor in the kernel %p: its parser %p", (engine, appArmor, wanted) => {
    const packages = apt.wanted(testConfig(`engine=${engine}`), { os: os("debian", "12"), appArmor });
    expect(packages.includes("apparmor")).toBe(wanted);
  });
});

describe("dnf", () => {
  test("what rpm prints is read, versions of more than one package included", async () => {
    const host = createFakeHost("db1", [
      {
        argv: ["rpm", "-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\n"],
        stdout:
          "bash\t5.1.8-9.el9\nkernel-core\t5.14.0-427.el9\nkernel-core\t5.14.0-503.el9\ngpg-pubkey\t8483c65d-5ccc5b19\n",
      },
    ]);
    const installed = await dnf.installed(host);
    expect(installed.get("bash")).toBe("5.1.8-9.el9");
    expect(installed.get("kernel-core")).toBe("5.14.0-503.el9");
  });

  test("an rpm that lists nothing is an error, not a bare host", async () => {
    const host = createFakeHost("db1", [{ argv: ["rpm", "-qa", "--qf", /./] }]);
    await expect(dnf.installed(host)).rejects.toThrow("no installed package");
  });

  test("weak dependencies stay out", async () => {
    const host = createFakeHost("db1", [{ argv: ["dnf", "install", "-y", /weak_deps=False/, "pacemaker"] }]);
    await dnf.install(host, ["pacemaker"], () => {});
    expect(host.ran).toHaveLength(1);
  });
});

test.each([
  [os("debian", "12"), "apt-get"],
  [os("ubuntu", "24.04", ["debian"]), "apt-get"],
  [os("rocky", "9.4", ["rhel", "centos", "fedora"]), "dnf"],
])("%p", (release, name) => {
  expect(packageManagerFor(release).name).toBe(name);
});

test("an unknown distribution is refused", () => {
  expect(() => packageManagerFor(os("arch", ""))).toThrow();
});
