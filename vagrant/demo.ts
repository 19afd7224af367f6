import { type DemoResult, runDemo } from "./kit/demo.ts";

/** `npm run demo [-- --release 12|13] [--engine docker|podman] [--provider uml|qemu] [--keep]` */
const args = process.argv.slice(2);
const release = option("--release") === "13" ? "13" : "12";
const engine = option("--engine") ?? (release === "13" ? "podman" : "docker");
const provider = option("--provider");
if (args.includes("--help") || (engine !== "docker" && engine !== "podman")) {
  process.stdout.write(
    "npm run demo -- [--release 12|13] [--engine docker|podman] [--provider uml|qemu] [--keep]\n",
  );
  process.exit(args.includes("--help") ? 0 : 2);
}
const result: DemoResult = await runDemo({
  release,
  engine,
  keep: args.includes("--keep"),
  ...(provider === "uml" || provider === "qemu" ? { provider } : {}),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.rows_lost === 0 && result.nfs_bytes_lost === 0 && result.reinstall_changes === 0 ? 0 : 1);

function option(name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}
