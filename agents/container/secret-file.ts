import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../../core/message.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ParameterTable } from "../ocf/table.ts";

/**
 * A file with one password, without the end of its line. What it holds counts as secret from here on.
 * @throws OcfError with code 2 when this host's file cannot be read or holds no password.
 */
export async function readPassword(
  context: Context<ParameterTable>,
  parameter: string,
  path: string,
): Promise<string> {
  const text = await readHostFile(context, parameter, path);
  const password = text.replace(/\r?\n$/, "");
  if (password === "" || /[\r\n\0]/.test(password)) {
    throw new OcfError(Ocf.arguments, `${parameter} ${path} must hold one line, the password`);
  }
  context.secrets.add(password);
  return password;
}

/** Configurations are a few kB; what is no plain file might never end. */
const MAX_BYTES = 1024 * 1024;

/** Content of a plain file on this host. @throws OcfError with code 2 */
export async function readHostFile(
  context: Context<ParameterTable>,
  parameter: string,
  path: string,
): Promise<string> {
  const unusable = (why: string) =>
    new OcfError(Ocf.arguments, `${parameter} ${path} cannot be read on this host: ${why}`);
  const read = async () => {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > MAX_BYTES) throw unusable("it is not a file of at most 1 MB");
    return readFile(path, "utf8");
  };
  return context.deadline.during(path, read).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error) || error instanceof OcfError) throw error;
    throw unusable(String(error.code));
  });
}

/** Where {@link keepPrivately} puts a file of this resource. */
export function privatePath({ system, instance }: Context<ParameterTable>, kind: string): string {
  return `${system.stateDir}/private/${kind}-${encodeURIComponent(instance)}`;
}

/**
 * Writes a file for a server in a container to be mounted there. The server has given up root for a user whose
 * number only its image knows, so the file is readable for everyone, in a directory that nobody but root may enter.
 */
export function keepPrivately(context: Context<ParameterTable>, kind: string, content: string): string {
  const path = privatePath(context, kind);
  const directory = `${context.system.stateDir}/private`;
  try {
    mkdirSync(context.system.stateDir, { recursive: true, mode: 0o755 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // A left-over may be read-only, or mounted into a container: it is replaced, not written to.
    rmSync(`${path}.new`, { force: true });
    writeFileSync(`${path}.new`, content, { mode: 0o400, flag: "wx" });
    // Not with the file: Pacemaker's umask would take the others' right to read away.
    chmodSync(`${path}.new`, 0o444);
    renameSync(`${path}.new`, path);
  } catch (error) {
    const why = messageOf(error);
    throw new OcfError(Ocf.generic, `cannot write ${path}: ${why}`);
  }
  return path;
}

export function forgetPrivately(context: Context<ParameterTable>, kind: string): void {
  try {
    rmSync(privatePath(context, kind), { force: true });
  } catch {
    // It stays readable for root only, and goes with the next boot.
  }
}
