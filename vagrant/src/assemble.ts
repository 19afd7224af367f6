import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  addressesOf,
  bmcAddress,
  chooseOctet,
  type HostName,
  macOf,
  type Network,
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
import { LabError } from "./errors.ts";
import { identityFiles, makeDisks } from "./host-files.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { withLock } from "./lock.ts";
import { prepareMachine } from "./machine.ts";
import { addAddress, makeNetwork } from "./network.ts";
import { hostPath, statePath, stateRoot } from "./paths.ts";
import { turnOn } from "./power.ts";
import { step } from "./progress.ts";
import { chooseProvider } from "./providers/choose.ts";
import type { Provider } from "./providers/provider.ts";
import { type LabHost, type LabRecord, writeRecord } from "./record.ts";
import { makeKey, waitSsh } from "./ssh.ts";

/** What a lab is to be, with nothing left to default but how guests run. */
export interface LabPlan {
  readonly prefix: string;
  readonly release: Release;
  readonly arbiter: boolean;
  readonly memoryMb: number;
  readonly dataMb: number;
  readonly provider?: "uml" | "qemu";
}

const BOOT_LIMIT_MS = { uml: 90_000, qemu: 900_000 };
const ARBITER_MB = 512;

/** The order in which a lab comes to be. What it makes is in the ledger; the caller takes it back on failure. */
export async function assemble(options: LabPlan): Promise<LabRecord> {
  const { prefix, release } = options;
  const names: HostName[] = options.arbiter ? ["db1", "db2", "arbiter"] : ["db1", "db2"];
  const octet = await claimOctet(prefix);
  const ledger = openLedger(statePath(prefix, "ledger.jsonl"));
  const provider = await chooseProvider(statePath(prefix), options.provider);
  await prepareMachine(provider.machineNeeds);

  const network = networkOf(prefix, octet);
  await makeNetwork(ledger, prefix, network, names);
  const repository = packageRepository(release);
  const packagesUrl = await servePackages(ledger, artefactPath(repository), network, prefix);
  const aptSource = `deb [trusted=yes] ${packagesUrl} ./`;
  const sshKeyFile = statePath(prefix, "key");
  const authorizedKey = await makeKey(sshKeyFile, `lab-${prefix}`);
  const rootOf = rootImages(ledger, provider, options);
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
  await waitReady(record);
  return record;
}

export async function waitReady(record: LabRecord): Promise<void> {
  await step("waiting for SSH and the BMCs", () =>
    Promise.all(
      record.hosts.flatMap((host) => [
        waitSsh(record, host.name, BOOT_LIMIT_MS[record.provider]),
        ...(host.bmc === undefined ? [] : [waitForBmc(host.name, host.bmc)]),
      ]),
    ),
  );
}

/** Starts the builds; the function waits for the one with the given host's root image. */
function rootImages(ledger: Ledger, provider: Provider, { release, arbiter }: LabPlan) {
  const kernel = provider.prepare(ledger);
  const pair = obtain(ledger, guestRoot({ release, kernel, arbiter: false }));
  const third = arbiter ? obtain(ledger, guestRoot({ release, kernel, arbiter: true })) : pair;
  return async (name: HostName): Promise<string> => {
    await kernel.modules?.ready; // a cached root image does not mean that the kernel beside it is cached, too
    return await (name === "arbiter" ? third : pair);
  };
}

async function servePackages(ledger: Ledger, directory: string, network: Network, prefix: string) {
  const address = network.machine[0];
  const port = String(await freePort(address));
  const server = [process.execPath, join(import.meta.dirname, "package-server.ts"), directory, address, port];
  await startDaemon(ledger, "packages", server, statePath(prefix, "packages.log"));
  return `http://${address}:${port}/`;
}

interface Context {
  readonly options: LabPlan;
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
  mkdirSync(directory, { mode: 0o700 }); // its parent is gone when the lab was taken back meanwhile
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

/** Two labs that start at the same moment must not choose the same addresses. */
async function claimOctet(prefix: string): Promise<number> {
  return await withLock(join(stateRoot(), "octets.lock"), "another lab that chooses addresses", async () => {
    const octet = chooseOctet(prefix, await takenOctets());
    if (octet === undefined) throw new LabError("no free 10.x network on this machine");
    for (const name of ["hosts", "bmc"]) mkdirSync(statePath(prefix, name), { recursive: true, mode: 0o700 });
    writeFileSync(statePath(prefix, "octet"), String(octet));
    return octet;
  });
}
