import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Argv, ExecResult } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { realSystem, type System } from "../ocf/system.ts";
import { constraintId, constraintXml, readFencePlace } from "./constraint.ts";
import { runHandler } from "./handler.ts";

/** Two hosts' configurations and what this one's tools say; the handler runs on db2. */
class Cluster {
  drbd = "peer-off";
  /** Disk state that replaces the captured one's. */
  disk = "UpToDate";
  crmMon = "pacemaker-2.1.5/peer-fenced";
  peerAnswers = true;
  /** The update arrives at the peer. */
  replicates = true;
  own = "";
  peers = "";
  readonly calls: string[] = [];
  readonly said: string[] = [];
  clock = 0;
  /** Called before every look at the cluster: time passes, things change. */
  onLook: (look: number) => void = () => {};
  looks = 0;

  run(argv: Argv, stdin = ""): ExecResult {
    const [program, ...words] = argv;
    const line = argv.join(" ");
    this.calls.push(line);
    if (program === "logger") {
      this.said.push(words.at(-1) ?? "");
      return ok("");
    }
    if (program === "crm_mon") {
      this.onLook(this.looks++);
      return this.crmMon === ""
        ? failed("crm_mon: not connected")
        : ok(captured(`${this.crmMon}/crm_mon.xml`));
    }
    if (line.includes("--create")) {
      this.own = stdin;
      if (this.replicates) this.peers = stdin;
      return ok("");
    }
    if (line.includes("--delete")) {
      this.own = "";
      this.peers = "";
      return ok("");
    }
    if (line.includes("--node db1")) return this.peerAnswers ? ok(cib(this.peers)) : failed("Timer expired");
    return ok(cib(this.own));
  }
}

const ok = (stdout: string): ExecResult => ({ code: 0, stdout, stderr: "", timedOut: false });
const failed = (stderr: string): ExecResult => ({ code: 124, stdout: "", stderr, timedOut: false });
const cib = (constraint: string) =>
  `<cib epoch="1"><configuration><crm_config/><resources><clone id="drbd-cluster"><primitive id="skydata" class="ocf" provider="skyha" type="drbd"><instance_attributes id="a"><nvpair id="b" name="drbd_resource" value="skydata"/></instance_attributes></primitive></clone></resources><constraints>${constraint}</constraints></configuration></cib>`;

let directory: string;
let cluster: Cluster;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "skyha-handler-"));
  mkdirSync(join(directory, "proc"));
  cluster = new Cluster();
});
afterEach(() => rmSync(directory, { recursive: true }));

function system(env: Record<string, string> = {}): System {
  return {
    ...realSystem({ DRBD_RESOURCE: "skydata", DRBD_MINOR: "1", DRBD_PEER: "db1", ...env }),
    procDir: join(directory, "proc"),
    now: () => cluster.clock,
    sleep: async (ms) => {
      cluster.clock += ms * 50;
    },
    stderr: () => {},
    run: async (argv, options) => {
      showDrbd();
      return cluster.run(argv, options?.stdin);
    },
  };
}

function showDrbd(): void {
  const text = captured(`drbd-8.4.11/${cluster.drbd}.proc`).replace("ds:UpToDate/", `ds:${cluster.disk}/`);
  writeFileSync(join(directory, "proc", "drbd"), text);
}

async function handle(name = "fence-peer", env: Record<string, string> = {}): Promise<number> {
  showDrbd();
  return runHandler(name, system(env), "db2");
}

const MINE = constraintXml("skydata", "drbd-cluster", "db2");
const PEERS = constraintXml("skydata", "drbd-cluster", "db1");

describe("the peer is off", () => {
  test.each(["pacemaker-2.1.5", "pacemaker-3.0.0"])(
    "%s has fenced it: 7, and only this host may promote",
    async (version) => {
      cluster.crmMon = `${version}/peer-fenced`;
      expect(await handle()).toBe(7);
      expect(cluster.own).toBe(MINE);
      expect(cluster.clock).toBe(0);
    },
  );

  test.each(["pacemaker-2.1.5", "pacemaker-3.0.0"])(
    "%s has not proved it yet: waits, places nothing, then 7",
    async (version) => {
      cluster.crmMon = `${version}/fencing-failed`;
      cluster.onLook = (look) => {
        expect(cluster.own).toBe("");
        if (look === 8) cluster.crmMon = `${version}/peer-fenced`;
      };
      expect(await handle()).toBe(7);
      expect(cluster.clock).toBeGreaterThan(0);
    },
  );

  test("never proved: a primary waits for an hour, then leaves everything frozen", async () => {
    cluster.crmMon = "pacemaker-2.1.5/fencing-failed";
    expect(await handle()).toBe(1);
    expect(cluster.clock).toBeGreaterThan(3_500_000);
    expect(cluster.own).toBe("");
  });

  test("an older copy is not promoted because the other one is off", async () => {
    cluster.disk = "Consistent";
    expect(await handle()).toBe(1);
    expect(cluster.own).toBe("");
  });
});

describe("the peer is said to be online", () => {
  beforeEach(() => {
    cluster.crmMon = "pacemaker-2.1.5/healthy";
  });

  test("and confirms the constraint itself: 4", async () => {
    expect(await handle()).toBe(4);
    expect(cluster.peers).toBe(MINE);
  });

  test("but does not answer: nothing is placed before the cluster has fenced it", async () => {
    cluster.peerAnswers = false;
    cluster.onLook = (look) => {
      expect(cluster.own).toBe("");
      if (look === 3) cluster.crmMon = "pacemaker-2.1.5/fencing-failed";
      if (look === 6) cluster.crmMon = "pacemaker-2.1.5/peer-fenced";
    };
    expect(await handle()).toBe(7);
  });

  test("but never gets the constraint: not 4, however often it answers", async () => {
    cluster.replicates = false;
    cluster.onLook = (look) => {
      if (look === 5) cluster.crmMon = "pacemaker-2.1.5/peer-fenced";
    };
    expect(await handle()).toBe(7);
  });

  test("and has reserved the promotion for itself: no", async () => {
    cluster.own = PEERS;
    cluster.peers = PEERS;
    expect(await handle()).toBe(1);
    expect(cluster.own).toBe(PEERS);
  });

  test("and the link is back before anything was placed: nothing to do", async () => {
    cluster.drbd = "healthy-primary";
    expect(await handle()).toBe(1);
    expect(cluster.calls.filter((line) => line.includes("--create"))).toEqual([]);
  });
});

test("a cluster that says nothing is waited for", async () => {
  cluster.crmMon = "";
  cluster.onLook = (look) => {
    if (look === 4) cluster.crmMon = "pacemaker-2.1.5/peer-fenced";
  };
  expect(await handle()).toBe(7);
});

test("a copy that is worse than the peer's is refused at once", async () => {
  cluster.drbd = "standalone-secondary";
  expect(await handle()).toBe(1);
  expect(cluster.said.join()).toContain("Outdated");
});

test("what the handler waits for is said once, not every round", async () => {
  cluster.crmMon = "pacemaker-2.1.5/fencing-failed";
  await handle();
  expect(cluster.said.length).toBe(2);
});

describe("unfence", () => {
  test("both copies equal: the constraint goes", async () => {
    cluster.drbd = "healthy-secondary";
    cluster.own = PEERS;
    expect(await handle("unfence-peer")).toBe(0);
    expect(cluster.own).toBe("");
  });

  test("not yet equal: it stays", async () => {
    cluster.drbd = "resync-target";
    cluster.own = PEERS;
    expect(await handle("unfence-peer")).toBe(1);
    expect(cluster.own).toBe(PEERS);
  });

  test("no constraint: nothing is deleted", async () => {
    cluster.drbd = "healthy-secondary";
    expect(await handle("unfence-peer")).toBe(0);
    expect(cluster.calls.some((line) => line.includes("--delete"))).toBe(false);
  });
});

test.each([
  ["unknown name", "promote", {}],
  ["no resource", "fence-peer", { DRBD_RESOURCE: "" }],
  ["hostile resource", "fence-peer", { DRBD_RESOURCE: 'x"/><y' }],
  ["two volumes", "fence-peer", { DRBD_MINOR: "1 2" }],
])("%s: 1, and nothing is called", async (_title, name, env) => {
  expect(await handle(name, env)).toBe(1);
  expect(cluster.calls).toEqual([]);
});

test("a constraint of that name in another form allows nobody", () => {
  const odd = `<rsc_location id="${constraintId("skydata", "drbd-cluster")}" rsc="drbd-cluster" node="db2" score="1"/>`;
  expect(readFencePlace(cib(odd), "skydata")).toMatchObject({ known: true, value: { allowed: "" } });
  expect(readFencePlace(cib(MINE), "skydata")).toMatchObject({ known: true, value: { allowed: "db2" } });
  expect(readFencePlace(cib(MINE), "other").known).toBe(false);
});
