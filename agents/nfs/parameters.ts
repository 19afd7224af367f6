import { containerParameters } from "../container/parameters.ts";
import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";
import { type Export, ExportsError, parseExports } from "./exports.ts";

/** Parameters of ocf:skyha:nfs. Grace and lease time are nfs.conf's: the kernel reads them once, for all exports. */
export const nfsParameters = defineParameters({
  exports: {
    type: "string",
    required: true,
    reloadable: true,
    short: "What is exported to whom",
    long: "As in exports(5), one export after the other, separated by semicolons: DIRECTORY CLIENT(OPTIONS) CLIENT(OPTIONS); DIRECTORY … Each client has its options, and fsid= among them: the number by which clients know the directory after a switch to the other host, so it differs between directories. Quotes and escapes are refused, and so is a directory reached through a symbolic link.",
  },
  state_directory: {
    type: "string",
    short: "Directory of the client database",
    long: "Directory on the replicated volume, below a path of mount_check, where nfsdcld keeps which clients hold locks and open files, so that they get them back after a switch. storagedir in the section [nfsdcld] of nfs.conf must name it or a directory in it. Start creates it and then starts nfsdcld; stop ends nfsdcld, which would keep the volume busy.",
  },
  mount_check: containerParameters.mount_check,
  sentinel: containerParameters.sentinel,
  address: {
    type: "string",
    default: "127.0.0.1",
    reloadable: true,
    pattern: /^[A-Za-z0-9.:%_-]+$/,
    patternText: "an address",
    short: "Address that is asked",
    long: "Address at which start and every monitor ask the server whether it answers. Only to be changed when nfs.conf lets it listen elsewhere.",
  },
  port: {
    type: "integer",
    default: 2049,
    min: 1,
    max: 65535,
    reloadable: true,
    short: "TCP port that is asked",
    long: "TCP port at which start and every monitor ask the server whether it answers. Only to be changed together with nfs.conf.",
  },
});

export type NfsTable = typeof nfsParameters;

/** Absolute, nothing that exportfs or a shell might read otherwise, no `.` or `..`, no slash at the end. */
const PATH = /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9_.@+-]+)+$/;

/** Paths of mount_check, without a slash at the end. */
export function mountPaths({
  mount_check: text,
}: Pick<ValuesOf<NfsTable>, "mount_check">): readonly string[] {
  return (text ?? "")
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((path) => path.replace(/(?<=.)\/+$/, ""));
}

/** Everything that can be wrong with the values without looking at a host. */
export function checkParameters(values: ValuesOf<NfsTable>): readonly Problem[] {
  return [
    ...exportsProblems(values),
    ...mountPaths(values)
      .filter((path) => path !== "/" && !/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))/.test(path))
      .map((path) => problem("mount_check", `must hold absolute paths, not "${path}"`)),
    ...stateProblems(values),
  ];
}

function exportsProblems({ exports }: ValuesOf<NfsTable>): readonly Problem[] {
  try {
    parseExports(exports);
    return [];
  } catch (error) {
    if (!(error instanceof ExportsError)) throw error;
    return [problem("exports", error.message)];
  }
}

function stateProblems(values: ValuesOf<NfsTable>): readonly Problem[] {
  const { state_directory: directory } = values;
  if (directory === undefined) return [];
  if (!PATH.test(directory)) {
    return [problem("state_directory", `must be a plain absolute path, not "${directory}"`)];
  }
  // On the host's own disk the database would stay behind at every switch, and nobody would notice before.
  if (!mountPaths(values).some((path) => isBelow(directory, path))) {
    return [problem("state_directory", "must lie below a path of mount_check")];
  }
  const shared = knownExports(values).find(
    ({ directory: exported }) => exported === directory || isBelow(directory, exported),
  );
  // Whoever can write the database can take over other clients' locks.
  return shared
    ? [problem("state_directory", `lies in ${shared.directory}, which clients can write to`)]
    : [];
}

/** The exports, or none when the value is wrong: for what has to go on with wrong values. */
export function knownExports({ exports }: Pick<ValuesOf<NfsTable>, "exports">): readonly Export[] {
  try {
    return parseExports(exports);
  } catch (error) {
    if (!(error instanceof ExportsError)) throw error;
    return [];
  }
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

function problem(parameter: keyof NfsTable, text: string): Problem {
  return { parameter, text: `${parameter} ${text}` };
}
