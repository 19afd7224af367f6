import { afterEach, beforeEach, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { config, world } from "../testing/world.ts";
import { cleaner, timeline } from "./bundle.ts";
import { runReport } from "./command.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "skyha-report-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const SECRET = "correct-horse-battery";

/** A host of the captured pair whose every program also prints the other host's password. */
function leaky(host: Host, secrets: ExecResult | undefined): Host {
  const exec = async (argv: Argv): Promise<ExecResult> => {
    if (argv.includes("/etc/skyha/secrets"))
      return secrets ?? { code: 0, stdout: `${SECRET}\n\n`, stderr: "", timedOut: false };
    const told = await host.exec(argv);
    if (argv[0] !== "journalctl")
      return { ...told, stderr: `${told.stderr}\nPGPASSWORD=hunter2 ${SECRET}\n` };
    const second = host.name === "db1" ? "01" : "02";
    const stdout = `2026-01-02T03:04:${second}.5+00:00 ${host.name} pacemakerd[1]: ${SECRET}\n`;
    return { code: 0, stdout, stderr: "", timedOut: false };
  };
  return { ...host, exec };
}

async function run(second: "answers" | "is off" = "answers", secrets?: ExecResult) {
  const { hosts } = world("healthy", "healthy");
  const off = new SkyhaError(
    [report("host.unreachable", { address: "10.99.0.12", why: "no route" }, "db2")],
    2,
  );
  const [one, two] = config.hosts;
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const code: number = await runReport({
    config,
    members: [
      { config: one, host: leaky(hosts[0], secrets) },
      { config: two, host: second === "is off" ? off : leaky(hosts[1], secrets) },
    ],
    io: { out: write, err: write, terminal: false, env: {} },
    json: false,
    since: "1 hour ago",
    directory,
    probe: async () => ({ result: "open", ms: 1 }),
  });
  return { code, out };
}

function unpacked(): { readonly names: string[]; readonly text: (name: string) => string } {
  const [file = ""] = readdirSync(directory);
  expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  execFileSync("tar", ["-C", directory, "-xzf", join(directory, file)]);
  const root = join(directory, file.replace(".tar.gz", ""));
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return { names, text: (name) => readFileSync(join(root, name), "utf8") };
}

test("one file of both hosts, with an index, the verdict, and the journals as one story; no secret in any of it", async () => {
  const { code, out } = await run();
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/done: .*skyha-report-skycluster-\d{8}T\d{6}Z\.tar\.gz \(\d+ files/),
  ]);
  const { names, text } = unpacked();
  expect(names).toContain("db2/cib.xml");
  expect(text("README.txt")).toContain("Journals since: 1 hour ago");
  expect(text("show.txt")).toContain("serving        yes");
  const story = text("timeline.log").split("\n");
  expect(story[0]).toContain("db1 pacemakerd");
  expect(story.at(-2)).toContain("db2 pacemakerd");
  for (const name of names.filter((each) => /\.\w+$/.test(each))) {
    expect(text(name)).not.toContain(SECRET);
    expect(text(name)).not.toContain("hunter2");
  }
  expect(text("db1/units.log")).toContain("******");
});

test("from the one host that answers, and it says so", async () => {
  const { code, out } = await run("is off");
  expect([code, out]).toEqual([0, expect.stringContaining("without db2, not reached")]);
  expect(unpacked().text("README.txt")).toContain("db2/   MISSING: ");
});

test("nothing is written when it is not known what has to stay secret", async () => {
  const { code, out } = await run("answers", {
    code: 1,
    stdout: "",
    stderr: "Permission denied",
    timedOut: false,
  });
  expect([code, out]).toEqual([3, expect.stringContaining("nothing was written")]);
  expect(readdirSync(directory)).toEqual([]);
});

test("a directory that takes no file is an error in one line, and nothing is left there", async () => {
  rmSync(directory, { recursive: true });
  const { code, out } = await run();
  expect([code, out]).toEqual([1, expect.stringContaining("could not be written")]);
  directory = mkdtempSync(join(tmpdir(), "skyha-report-test-"));
});

test.each([
  ["x correct-horse-battery y", "x ****** y"],
  ['<nvpair name="password" id="a" value="abc"/>', '<nvpair name="password" id="a" value="******"/>'],
  ['{"password": "abc"}', '{"password": "******"}'],
  ["requirepass: abc def", "requirepass: ****** def"],
  [
    "-----BEGIN OPENSSH PRIVATE KEY-----\nAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    "****** (a private key)\n",
  ],
  ["password_file=/etc/skyha/secrets/x", "password_file=/etc/skyha/secrets/x"],
])("cleaned: %s", (before, after) => {
  expect(cleaner([SECRET])(before)).toBe(after);
});

test("a timeline is ordered by time, whatever host or file a line is of; what has no time stays with its line", () => {
  const part = (host: string, units: string, kernel: string) => ({
    host,
    files: new Map([
      ["units.log", units],
      ["kernel.log", kernel],
    ]),
    missing: [],
  });
  const text = timeline([
    part("db1", "2026-01-02T03:04:01.5+00:00 db1 a\n  more of a\n", "2026-01-02T03:04:03.5+00:00 db1 c\n"),
    part("db2", "2026-01-02T03:04:02.5+00:00 db2 b\n-- Boot --\n", ""),
  ]);
  expect(text).toBe(
    "2026-01-02T03:04:01.5+00:00 db1 a\n  more of a\n2026-01-02T03:04:02.5+00:00 db2 b\n2026-01-02T03:04:03.5+00:00 db1 c\n",
  );
});
