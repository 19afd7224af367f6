import { spawn } from "node:child_process";
import { once } from "node:events";
import { Argument, Command, CommanderError, Option } from "@commander-js/extra-typings";
import { imageNames } from "./build/images.ts";
import { labDown } from "./down.ts";
import { LabError } from "./errors.ts";
import { labImage, openLab } from "./lab.ts";
import { say, step } from "./progress.ts";
import { requireRecord } from "./record.ts";
import { sshCommand } from "./ssh.ts";
import { labStatus, renderStatus } from "./status.ts";
import { labUp } from "./up.ts";

const EXAMPLES = `
Examples:
  vagrant/lab up                          two Debian 12 hosts, db1 and db2
  vagrant/lab up --release 13 --arbiter   Debian 13, and a third host outside the pair
  vagrant/lab up --prefix b               a second lab beside the first
  vagrant/lab ssh db1                     a shell; vagrant/lab ssh db1 uname -r runs one command
  vagrant/lab power db1 off               pull the plug; on boots the same disks
  vagrant/lab freeze db2                  the host hangs with its power on; thaw lets it go on
  vagrant/lab link db1 1 cut              pull the cable of link 1; restore plugs it in
  vagrant/lab image mysql                 one more container image for docker load or podman load
  vagrant/lab down                        take everything away`;

const USAGE_ERROR = 2;

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function writeStatus(prefix: string, json: boolean): void {
  const status = labStatus(requireRecord(prefix));
  write(json ? JSON.stringify(status, null, 2) : renderStatus(status));
}

/** As with ssh(1), the words are joined with spaces and the host's shell reads them. */
async function openShell(prefix: string, host: string, words: readonly string[]): Promise<void> {
  const command = words[0] === "--" ? words.slice(1) : words;
  const remote = command.length === 0 ? undefined : command.join(" ");
  const [file, ...args] = sshCommand(requireRecord(prefix), host, remote);
  const [code]: (number | null)[] = await once(spawn(file ?? "ssh", args, { stdio: "inherit" }), "exit");
  process.exitCode = code ?? 255;
}

function prefixOption() {
  return new Option("--prefix <name>", "name of the lab; two labs can stand side by side").default("sky");
}

export function labProgram() {
  const program = new Command()
    .name("vagrant/lab")
    .description("Real test hosts on this machine: own kernels, two links, a blank disk and a BMC each.")
    .enablePositionalOptions()
    .addHelpText("after", EXAMPLES)
    .exitOverride();

  const releases = new Option("--release <release>", "Debian release of the hosts").choices([
    "12",
    "13",
  ] as const);
  const providers = new Option(
    "--provider <provider>",
    "default: qemu where KVM really boots a guest, else uml",
  );
  program
    .command("up")
    .description("start the hosts; returns when SSH, BMCs and the package repository answer")
    .addOption(releases.default("12" as const))
    .addOption(providers.choices(["uml", "qemu"] as const))
    .addOption(prefixOption())
    .option("--arbiter", "also start a small third host", false)
    .option("--json", "print what is up as JSON", false)
    .action(async ({ release, provider, prefix, arbiter, json }) => {
      await step(`lab ${prefix} is up`, () =>
        labUp({ prefix, release, arbiter, ...(provider && { provider }) }),
      );
      writeStatus(prefix, json);
    });

  program
    .command("down")
    .description("take back everything the lab made on this machine; the caches stay")
    .addOption(prefixOption())
    .action(async ({ prefix }) => {
      say((await labDown(prefix)) ? `lab ${prefix} is down` : `there is no lab ${prefix}`);
    });

  program
    .command("status")
    .description("power, links and addresses of the hosts")
    .addOption(prefixOption())
    .option("--json", "as JSON", false)
    .action(({ prefix, json }) => writeStatus(prefix, json));

  program
    .command("ssh")
    .description("a shell on a host, or one command; ends with that command's exit code")
    .addOption(prefixOption())
    .argument("<host>")
    .argument("[command...]")
    .passThroughOptions()
    .action((host, command, { prefix }) => openShell(prefix, host, command));

  program
    .command("power")
    .description("off is a power cut, on boots the same disks, cycle is both")
    .addOption(prefixOption())
    .argument("<host>")
    .addArgument(new Argument("<action>").choices(["on", "off", "cycle"] as const))
    .action((host, action, { prefix }) => openLab(prefix).power(host, action));

  program
    .command("freeze")
    .description("stop everything on a host without switching it off")
    .addOption(prefixOption())
    .argument("<host>")
    .action((host, { prefix }) => openLab(prefix).freeze(host));

  program
    .command("thaw")
    .description("let a frozen host go on")
    .addOption(prefixOption())
    .argument("<host>")
    .action((host, { prefix }) => openLab(prefix).thaw(host));

  program
    .command("link")
    .description("cut or restore one of a host's two links")
    .addOption(prefixOption())
    .argument("<host>")
    .addArgument(new Argument("<link>").choices(["1", "2"] as const))
    .addArgument(new Argument("<state>").choices(["cut", "restore"] as const))
    .action((host, link, state, { prefix }) => openLab(prefix).link(host, link === "1" ? 1 : 2, state));

  program
    .command("image")
    .description("path of a container image's archive, built when the cache has none")
    .addOption(prefixOption())
    .argument("<name>", `one of ${imageNames().join(", ")}`)
    .action(async (name, { prefix }) => write(await labImage(name, prefix)));

  return program;
}

async function main(): Promise<void> {
  try {
    await labProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR; // its text is out already
      return;
    }
    if (!(error instanceof LabError)) throw error;
    say(`lab: ${error.message}`);
    if (error.hint !== undefined) say(`  → ${error.hint}`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
