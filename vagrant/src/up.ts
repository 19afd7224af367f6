import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  addressesOf,
  bmcAddress,
  chooseOctet,
  type HostName,
  macOf,
  networkOf,
  takenOctets,
  tapName,
} from "./addresses.ts";
import { makeBmc, startBmc, waitForBmc } from "./bmc/bmc.ts";
import { artefactPath, obtain } from "./build/cache.ts";
import { guestRoot, type Release } from "./build/guest-root.ts";
import { standardImages } from "./build/images.ts";
import { packageRepository } from "./build/packages.ts";
import { startDaemon } from "./daemon.ts";
import { takeBack } from "./down.ts";
import { LabError } from "./errors.ts";
import { identityFiles, makeDisks } from "./host-files.ts";
import { type Lab, labOf } from "./lab.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { withLock } from "./lock.ts";
import { prepareMachine } from "./machine.ts";
import { addAddress, makeNetwork } from "./network.ts";
import { hostPath, statePath, stateRoot } from "./paths.ts";
import { isOn, turnOn } from "./power.ts";
import { say, step } from "./progress.ts";
import { chooseProvider } from "./providers/choose.ts";
import type { Provider } from "./providers/provider.ts";
import { type LabHost, type LabRecord, readRecord, writeRecord } from "./record.ts";
import { makeKey, waitSsh } from "./ssh.ts";

export interface UpOptions {
  readonly prefix?: string;
  readonly release?: Release;
  readonly provider?: "uml" | "qemu";
  /** Also a small third host, outside the pair. */
  readonly arbiter?: boolean;
  readonly memoryMb?: number;
  readonly dataMb?: number;
}

type Settled = Required<Omit<UpOptions, "provider">> & Pick<UpOptions, "provider">;

const BOOT_LIMIT_MS = { uml: 90_000, qemu: 900_000 };
const ARBITER_MB = 512;

/** Brings a lab up, or finds it up already. What a failed or interrupted run made is taken back. */
export async function labUp(options: UpOptions = {}): Promise<Lab> {
  const settled = {
    prefix: "sky",
    release: "12" as const,
    arbiter: false,
    memoryMb: 1536,
    dataMb: 2048,
    ...options,
  };
  checkPrefix(settled.prefix);
  await prepareMachine();
  const { prefix } = settled;
  return await withLock(`${statePath(prefix)}.lock`, `another command on lab ${prefix}`, async () => {
    const standing = readRecord(prefix);
    if (standing !== undefined && isWhole(standing)) return labOf(matching(standing, settled));
    if (existsSync(statePath(prefix))) {
      await step("taking the remains of an earlier run back", () => takeBack(prefix));
    }
    // A signal makes the build fail as well, so both ways lead here: it is taken back once.
    let undone: Promise<void> | undefined;
    const undo = () => {
      undone ??= takeBack(prefix);
      return undone;
    };
    const ignore = onSignal(undo);
    try {
      return labOf(await build(settled));
    } catch (error) {
      await undo();
      throw error;
    } finally {
      ignore();
    }
  });
}

function checkPrefix(prefix: string): void {
  if (/^[a-z][a-z0-9]{0,7}$/.test(prefix)) return;
  throw new LabError(`prefix "${prefix}": wanted are 1 to 8 letters and digits, a letter first`);
}

function isWhole(record: LabRecord): boolean {
  return record.hosts.every((host) => isOn(record.prefix, host.name));
}

function matching(record: LabRecord, wanted: Settled): LabRecord {
  const same = record.release === wanted.release && (wanted.provider ?? record.provider) === record.provider;
  const arbiter = record.hosts.some((host) => host.name === "arbiter");
  if (same && (arbiter || !wanted.arbiter)) return record;
  const is = `Debian ${record.release}, ${record.provider}${arbiter ? "" : ", no arbiter"}`;
  throw new LabError(
    `lab ${record.prefix} is up already with ${is}`,
    "vagrant/lab down, or another --prefix",
  );
}

/** Ctrl-C and a closed terminal leave nothing behind; returns how to stop listening. */
function onSignal(undo: () => Promise<void>): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const stop = () => {
    say("  interrupted: taking back what was made");
    void undo().finally(() => process.exit(130));
  };
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
}

async function build(options: Settled): Promise<LabRecord> {
  const { prefix, release } = options;
  const names: HostName[] = options.arbiter ? ["db1", "db2", "arbiter"] : ["db1", "db2"];
  const octet = await claimOctet(prefix);
  const ledger = openLedger(statePath(prefix, "ledger.jsonl"));
  const provider = await chooseProvider(statePath(prefix), options.provider);
  await prepareMachine(provider.machineNeeds);

  const network = networkOf(prefix, octet);
  await makeNetwork(ledger, prefix, network, names);
  const repository = packageRepository(release);
  const port = await freePort(network.machine[0]);
  const server = [process.execPath, join(import.meta.dirname, "package-server.ts"), artefactPath(repository)];
  const serverLog = statePath(prefix, "packages.log");
  await startDaemon(ledger, "packages", [...server, network.machine[0], String(port)], serverLog);
  const packagesUrl = `http://${network.machine[0]}:${port}/`;

  const aptSource = `deb [trusted=yes] ${packagesUrl} ./`;
  const sshKeyFile = statePath(prefix, "key");
  const authorizedKey = await makeKey(sshKeyFile, `lab-${prefix}`);
  const kernel = provider.prepare(ledger);
  const roots = {
    pair: kernel.then((guest) => obtain(ledger, guestRoot({ release, kernel: guest, arbiter: false }))),
    ...(options.arbiter && {
      arbiter: kernel.then((guest) => obtain(ledger, guestRoot({ release, kernel: guest, arbiter: true }))),
    }),
  };
  const rootOf = (name: HostName) => (name === "arbiter" ? roots.arbiter : undefined) ?? roots.pair;
  const context = { options, octet, ledger, provider, aptSource, authorizedKey, rootOf };
  const started = Promise.all(names.map((name) => makeHost(context, name)));
  const [made, , images] = await Promise.all([started, obtain(ledger, repository), standardImages(ledger)]);

  const record: LabRecord = {
    prefix,
    release,
    provider: provider.name,
    network,
    hosts: made.map(({ host }) => host),
    sshKeyFile,
    knownHostsFile: statePath(prefix, "known_hosts"),
    powerLogFile: statePath(prefix, "power.jsonl"),
    packagesUrl,
    images,
  };
  writeFileSync(record.knownHostsFile, made.map(({ knownHost }) => knownHost).join(""), { mode: 0o600 });
  writeFileSync(record.powerLogFile, "", { mode: 0o600 });
  writeRecord(record); // BMCs answer from here on
  await step("waiting for SSH and the BMCs", () =>
    Promise.all(
      record.hosts.flatMap((host) => [
        waitSsh(record, host.name, BOOT_LIMIT_MS[provider.name]),
        ...(host.bmc === undefined ? [] : [waitForBmc(host.name, host.bmc)]),
      ]),
    ),
  );
  return record;
}

interface Context {
  readonly options: Settled;
  readonly octet: number;
  readonly ledger: Ledger;
  readonly provider: Provider;
  readonly aptSource: string;
  readonly authorizedKey: string;
  /** The artefact with this host's root image, built by now or soon. */
  readonly rootOf: (name: HostName) => Promise<string>;
}

/** Disks, BMC and the first boot of one host. */
async function makeHost(context: Context, name: HostName): Promise<{ host: LabHost; knownHost: string }> {
  const { options, octet, provider } = context;
  const isArbiter = name === "arbiter";
  const artefact = await context.rootOf(name);

  const directory = hostPath(options.prefix, name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const keyFile = join(directory, "ssh_host_ed25519_key");
  const publicKey = await makeKey(keyFile, name);
  const { aptSource, authorizedKey } = context;
  const files = identityFiles({ name, octet, authorizedKey, aptSource, hostKeyFile: keyFile });
  await makeDisks(join(artefact, "root.img"), directory, files, isArbiter ? 0 : options.dataMb);

  const addresses = addressesOf(octet, name);
  const taps = [tapName(options.prefix, name, 1), tapName(options.prefix, name, 2)] as const;
  const memoryMb = isArbiter ? ARBITER_MB : options.memoryMb;
  const links = taps.map((tap, index) => ({ tap, mac: macOf(octet, name, index === 0 ? 1 : 2) }));
  const machine = { name, directory, hasData: !isArbiter, memoryMb, links };
  const command = provider.command(machine, artefact);
  const basic = { name, addresses, interfaces: provider.interfaces, taps, memoryMb, command };
  const host: LabHost = {
    ...basic,
    consoleLog: join(directory, "console.log"),
    ...(isArbiter ? {} : { dataDisk: provider.dataDisk, bmc: await hostBmc(context, name) }),
  };
  await turnOn(options.prefix, name, command);
  return {
    host,
    knownHost: `${[...addresses, name].join(",")} ${publicKey.split(" ").slice(0, 2).join(" ")}\n`,
  };
}

async function hostBmc({ options, octet, ledger }: Context, name: HostName) {
  const address = bmcAddress(octet, name);
  await addAddress(networkOf(options.prefix, octet), address);
  const bmc = makeBmc(options.prefix, name, address);
  await startBmc(ledger, options.prefix, name);
  return bmc;
}

/** Two labs that start at the same moment must not choose the same addresses. */
async function claimOctet(prefix: string): Promise<number> {
  return await withLock(join(stateRoot(), "octets.lock"), "another lab that chooses addresses", async () => {
    const octet = chooseOctet(prefix, await takenOctets());
    if (octet === undefined) throw new LabError("no free 10.x network on this machine");
    mkdirSync(statePath(prefix), { recursive: true, mode: 0o700 });
    writeFileSync(statePath(prefix, "octet"), String(octet));
    return octet;
  });
}

async function freePort(address: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject).listen(0, address, resolve);
  });
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return bound.port;
}
