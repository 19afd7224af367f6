/**
 * Quotes argv for a POSIX shell. SSH has no argv: the server hands one string to the login shell, so this is the
 * one place where a string becomes shell text.
 * @throws Error for a NUL byte, which no argument can hold.
 */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}

function quote(argument: string): string {
  if (argument.includes("\0")) throw new Error("an argument cannot hold a NUL byte");
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
