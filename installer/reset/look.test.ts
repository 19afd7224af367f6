import { expect, test } from "bun:test";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { testConfig } from "../testing/facts.ts";
import { lookAt } from "./look.ts";

const config = testConfig();
const ok = (stdout: string, code = 0): ExecResult => ({
  code,
  stdout,
  stderr: code === 0 ? "" : "no",
  timedOut: false,
});

interface Given {
  readonly gi?: ExecResult;
  readonly containers?: ExecResult;
  readonly mounted?: boolean;
  readonly signature?: string;
}

/** A host of a pair, answering what lookAt asks. */
function installed({
  gi = ok(GI("A")),
  containers = ok("postgres\n"),
  mounted = true,
  signature = "drbd",
}: Given): Host {
  const files: Record<string, string> = {
    "/proc/drbd": captured(`drbd-8.4.11/healthy-${mounted ? "primary" : "secondary"}.proc`),
    "/var/lib/pacemaker/cib/cib.xml": "<cib/>",
    "/var/lib/skyha/original/units.json": '{"corosync.service":"enabled"}',
    "/var/lib/skyha/original/files/etc/hosts": "127.0.1.1 db1\n",
  };
  const exec = async (argv: Argv): Promise<ExecResult> => {
    const line = argv.join(" ");
    if (line.startsWith("cat /etc/os-release")) return ok('ID=debian\nVERSION_ID="12"\n');
    if (argv[0] === "dpkg-query") return ok("installed\tbash\t5\n");
    if (argv[0] === "date") return ok("1000.5\n");
    if (argv[0] === "ip") return ok("[]");
    if (argv[0] === "systemctl")
      return ok("Id=pacemaker.service\nUnitFileState=enabled\nActiveState=inactive\n");
    if (argv[0] === "stat") return ok("1000 10 512 regular file\n");
    if (argv[0] === "blkid")
      return line.includes("filesystem") ? ok("TYPE=xfs\n") : ok(`TYPE=${signature}\n`);
    if (argv[0] === "findmnt") return mounted ? ok("/dev/drbd1\n") : ok("", 1);
    if (line.startsWith("drbdadm get-gi")) return gi;
    if (line.includes("label=skyha.resource")) return containers;
    if (line.includes("recover")) return ok("1767323045 /data/recover/monday.img\n");
    if (line.includes("readlink") || argv[3] === "existing") return ok("/etc/skyha\n");
    if (argv[3] === "list") return ok("files/etc/hosts\nabsent/etc/corosync/authkey\n");
    if (argv[3] === "contents")
      return ok("/drbd/postgres\t2048\t1767323045.5 /drbd/postgres/a b\n/drbd/big\t\t\n");
    if (argv[3] === "space") return ok("Avail Size\n1000 2000\n");
    if (argv[3] === "probe") return ok("");
    if (/^(crm_mon|cibadmin|corosync-cmapctl|losetup|modinfo|sha256sum)/.test(line)) return ok("", 1);
    return ok("");
  };
  const host: Host = {
    name: "db1",
    address: "",
    exec,
    read: async (path) => files[path],
    write: () => Promise.reject(new Error("looking writes nothing")),
    upload: () => Promise.reject(new Error("looking uploads nothing")),
    close: async () => {},
  };
  return host;
}

const GI = (letter: string) =>
  `${letter.repeat(16)}:0000000000000000:${"B".repeat(16)}:0000000000000000:1:1:0:1:0:0\n`;

test("a host of a pair: its copy, its containers, what was there before, what is on the volume, the newest recovery copy", async () => {
  const seen = await lookAt(installed({}), config, true);
  expect(seen.copy).toMatchObject({
    kind: "data",
    generations: { history: ["BBBBBBBBBBBBBBBA", "0000000000000000"] },
  });
  expect(seen.containers).toEqual({ all: ["postgres"], running: ["postgres"] });
  expect(seen.originals.units).toEqual({ "corosync.service": "enabled" });
  expect([...seen.originals.files]).toEqual([
    ["/etc/hosts", "kept"],
    ["/etc/corosync/authkey", "absent"],
  ]);
  expect(seen.originalHosts).toBe("127.0.1.1 db1\n");
  expect([...seen.there]).toEqual(["/etc/skyha"]);
  // Of a cluster that does not run: its file.
  expect(seen.cib).toBe("<cib/>");
  expect(seen.backup).toBe("/data/recover/monday.img (2026-01-02T03:04:05Z)");
  expect(seen.volume).toEqual([
    { path: "/drbd/postgres", sizeKiB: 2048, newest: "2026-01-02T03:04:05Z /drbd/postgres/a b" },
    { path: "/drbd/big", sizeKiB: undefined, newest: undefined },
  ]);
  expect((await lookAt(installed({}), config, false)).volume).toBeUndefined();
});

test.each([
  [
    "metadata that was just written",
    { gi: ok(GI("0").replace("0000000000000000", "0000000000000004")) },
    "unused",
  ],
  ["metadata that cannot be read", { gi: ok("", 20) }, "unknown"],
  ["an answer that is none", { gi: ok("something\n") }, "unknown"],
  ["no metadata, and DRBD says it is attached", { signature: "ext4" }, "unknown"],
])("%s: %#", async (_what, given, kind) => {
  expect((await lookAt(installed(given), config, false)).copy.kind).toBe(kind as "unknown");
});

test("an engine that does not answer is no proof that there is no container", async () => {
  await expect(lookAt(installed({ containers: ok("", 1) }), config, false)).rejects.toThrow("code 1");
});
