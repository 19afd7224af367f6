import { downWhenEnded, type Lab, labDown } from "../src/lab.ts";
import { labUp } from "../src/up.ts";
import { buildExecutable } from "./build.ts";
import { startNfsAppender } from "./nfs.ts";
import { activeHost, postgresPassword, waitUntilHealthy } from "./pair.ts";
import { type Engine, jsonLines, pairOptions, seedWords, skyha, vipOf } from "./product.ts";
import { startRowWriter } from "./writer.ts";

export interface DemoOptions {
  readonly release: "12" | "13";
  readonly engine: Engine;
  readonly provider?: "uml" | "qemu";
  readonly keep: boolean;
}

/** The demo's last line. Times in seconds, all measured from outside the pair. */
export interface DemoResult {
  readonly release: string;
  readonly provider: string;
  readonly engine: Engine;
  readonly lab_seconds: number;
  readonly install_seconds: number;
  readonly reinstall_changes: number;
  readonly failover_seconds: number;
  readonly switch_seconds: number;
  readonly rows_acknowledged: number;
  readonly rows_lost: number;
  readonly nfs_bytes_lost: number;
}

const PREFIX = "demo";

/** The main job, told in plain lines: build a pair from bare hosts, cut the power under load, lose nothing. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { release, engine, keep, provider } = options;
  await buildExecutable();
  // Whoever ends the demo early gets the machine back as it was.
  downWhenEnded(PREFIX);
  say(`Starting two bare Debian ${release} hosts, and a third one as the client.`);
  const labStarted = Date.now();
  const lab = await labUp({ prefix: PREFIX, release, arbiter: true, ...(provider ? { provider } : {}) });
  const labSeconds = seconds(labStarted);
  say(`The hosts answer SSH after ${labSeconds} s (provider ${lab.provider}).`);
  try {
    return { release, provider: lab.provider, engine, lab_seconds: labSeconds, ...(await tell(lab, engine)) };
  } finally {
    if (keep)
      say(
        `The lab stays: vagrant/lab ssh db1 --prefix ${PREFIX}; end it with vagrant/lab down --prefix ${PREFIX}`,
      );
    else await labDown(PREFIX);
  }
}

async function tell(
  lab: Lab,
  engine: Engine,
): Promise<Omit<DemoResult, "release" | "provider" | "engine" | "lab_seconds">> {
  const words = seedWords(lab, engine);
  say(`skyha install ${words.join(" ")}`);
  const installed = await skyha(["install", ...words], { echo: true });
  must(installed.code === 0, `install ended with ${installed.code}`);

  say("The same command again: it must find nothing to do.");
  const again = await skyha(["install", "--json", ...words]);
  must(again.code === 0, `the second install ended with ${again.code}: ${again.stderr}`);
  const reinstallChanges = Number(jsonLines(again).find((line) => line["type"] === "result")?.["changes"]);
  say(`It made ${reinstallChanges} changes.`);
  await skyha(["show", ...pairOptions(lab, "db1")], { echo: true });

  say("A client begins to insert numbered rows through the VIP, another appends to a file over NFS.");
  const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
  const appender = await startNfsAppender(lab, vipOf(lab));
  await rows.nextRow(10_000);
  await appender.nextLine(60_000);
  await appender.longestGap();

  const active = await activeHost(lab);
  say(`Cutting the power of ${active}, which serves them.`);
  const cut = Date.now();
  await lab.power(active, "off");
  await rows.nextRow(180_000);
  const failoverSeconds = rows.longestGap(cut);
  say(`Rows are acknowledged again: clients waited ${failoverSeconds} s.`);
  await appender.nextLine(180_000);
  say(`Lines on NFS are safe again: that client waited ${await appender.longestGap()} s.`);

  const survivor = active === "db1" ? "db2" : "db1";
  await skyha(["show", ...pairOptions(lab, survivor)], { echo: true });
  say(`${active} was powered on again by the fence device; waiting until it has caught up.`);
  await waitUntilHealthy(lab, survivor);

  say(`Moving the services back to ${active} as planned work.`);
  const moved = Date.now();
  const switched = await skyha(["switch", "--to", active, ...pairOptions(lab, survivor)], { echo: true });
  must(switched.code === 0, `switch ended with ${switched.code}`);
  await rows.nextRow(60_000);
  const switchSeconds = rows.longestGap(moved);
  await appender.nextLine(180_000);
  say(`Clients of the database waited ${switchSeconds} s, the one on NFS ${await appender.longestGap()} s.`);

  const rowsAtEnd = await rows.stop();
  const linesAtEnd = await appender.stop();
  say(
    `${rowsAtEnd.acknowledged} rows were acknowledged, ${rowsAtEnd.lost} are missing; ${linesAtEnd.acknowledgedBytes} bytes were safe on NFS, ${linesAtEnd.lostBytes} are missing.`,
  );
  await skyha(["show", ...pairOptions(lab, active)], { echo: true });
  return {
    install_seconds: installed.seconds,
    reinstall_changes: reinstallChanges,
    failover_seconds: failoverSeconds,
    switch_seconds: switchSeconds,
    rows_acknowledged: rowsAtEnd.acknowledged,
    rows_lost: rowsAtEnd.lost,
    nfs_bytes_lost: linesAtEnd.lostBytes,
  };
}

function say(text: string): void {
  process.stdout.write(`\n== ${text}\n`);
}

function must(condition: boolean, text: string): void {
  if (!condition) throw new Error(text);
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10;
}
