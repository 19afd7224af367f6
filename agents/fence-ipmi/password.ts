import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Redactor } from "../../core/redact.ts";
import { InputError } from "./input.ts";
import { NoPlace, withPrivateFile } from "./private-file.ts";

/** ipmitool reads this much of the first line and drops the rest without a word; it is also all that IPMI 2.0 has. */
const LONGEST = 20;

export interface PasswordSource {
  readonly passwordFile: string | undefined;
  readonly password: string | undefined;
}

export interface PasswordPlace {
  readonly redactor: Redactor;
  readonly warn: (text: string) => void;
  /** Where a temporary file may be, best first. */
  readonly directories: readonly string[];
}

/**
 * Calls `use` with a file that `ipmitool -f` can read.
 * @throws InputError when there is no usable password; its text never contains one.
 */
export async function withPassword<T>(
  source: PasswordSource,
  place: PasswordPlace,
  use: (file: string) => Promise<T>,
): Promise<T> {
  if (source.passwordFile !== undefined) {
    if (source.password !== undefined) place.warn("password is ignored because password_file is set");
    const secret = readPassword(source.passwordFile, place.warn);
    place.redactor.add(secret);
    check(secret, "password_file", place.warn);
    return use(source.passwordFile);
  }
  const secret = source.password ?? "";
  place.redactor.add(secret);
  check(secret, "password", place.warn);
  try {
    return await withPrivateFile(`${secret}\n`, place.directories, use);
  } catch (error) {
    if (error instanceof NoPlace) throw new InputError(`the password ${error.message}`);
    throw error;
  }
}

/** ipmitool would ask for an empty password on a terminal, and cut at a tab. */
function check(secret: string, parameter: string, warn: (text: string) => void): void {
  if (secret === "") throw new InputError(`${parameter} holds no password`);
  if (/\p{Cc}/u.test(secret)) throw new InputError(`${parameter} holds a password with control characters`);
  if (Buffer.byteLength(secret) > LONGEST) {
    warn(
      `${parameter} holds more than ${LONGEST} bytes; IPMI knows no longer passwords and the rest is not used`,
    );
  }
}

function readPassword(file: string, warn: (text: string) => void): string {
  try {
    // Before it is opened: opening a pipe that nobody writes to would hang.
    const { mode } = statSync(file);
    if ((mode & 0o170000) !== 0o100000) throw new InputError(`password_file ${file} is not a regular file`);
    if ((mode & 0o007) !== 0)
      warn(`password_file ${file} is open to everybody on this host: chmod 600 ${file}`);
    return firstLine(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new InputError(
      `password_file ${file} ${code === "ENOENT" ? "does not exist on this host" : `cannot be read (${code})`}`,
    );
  }
}

function firstLine(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const start = Buffer.alloc(1024);
    const length = readSync(descriptor, start, 0, start.length, 0);
    return start.toString("utf8", 0, length).split(/\r?\n/, 1)[0] ?? "";
  } finally {
    closeSync(descriptor);
  }
}
