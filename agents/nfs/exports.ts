/** One exported directory. */
export interface Export {
  readonly directory: string;
  /** As they are written: `CLIENT(OPTION,OPTION)`. */
  readonly clients: readonly string[];
}

/** Why a text names no exports; the message ends the sentence "exports …". */
export class ExportsError extends Error {}

/** Far less than exports(5) allows, so that nothing has to be escaped and every reader agrees on the meaning. */
const DIRECTORY = /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9_.@+-]+)+$/;
/** A name, an address, a network, a wildcard or a netgroup, and its options. A leading "-" would be default options. */
const CLIENT = /^([A-Za-z0-9*?@_:][A-Za-z0-9*?@_:./-]*)\(([^()]*)\)$/;
const OPTION = /^[a-z][a-z0-9_]*(?:=[A-Za-z0-9_.:/@+-]+)?$/;
const FSID = /^fsid=(root|\d{1,10}|[0-9A-Fa-f:-]{32,47})$/;
/** exportfs reads a client with its options into 512 bytes, and a path into 1024. */
const MAX_CLIENT = 500;
const MAX_DIRECTORY = 1000;

/**
 * Reads `DIRECTORY CLIENT(OPTIONS) …; DIRECTORY …`. What it returns may be written into an exports(5) file as it is.
 * @throws ExportsError
 */
export function parseExports(text: string): readonly Export[] {
  const odd = /[^\x21-\x7e ]|["'\\#`$]/.exec(text);
  if (odd) throw new ExportsError(`has ${JSON.stringify(odd[0])} at character ${odd.index + 1}`);
  const exports = text.split(";").map((part) => parseOne(part.trim()));
  refuseAmbiguity(exports);
  return exports;
}

function parseOne(text: string): Export {
  const [directory = "", ...clients] = text.split(/ +/);
  if (!directory) throw new ExportsError("has an empty entry");
  if (!DIRECTORY.test(directory) || directory.length > MAX_DIRECTORY) {
    throw new ExportsError(`must name a plain absolute directory, not "${directory}"`);
  }
  if (clients.length === 0) throw new ExportsError(`names no client of ${directory}`);
  for (const client of clients) checkClient(directory, client);
  const names = clients.map((client) => client.slice(0, client.indexOf("(")));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new ExportsError(`names the client ${twice} of ${directory} twice`);
  return { directory, clients };
}

function checkClient(directory: string, client: string): void {
  const [, , options] = CLIENT.exec(client) ?? [];
  if (options === undefined || client.length > MAX_CLIENT) {
    // "CLIENT (rw)" with a blank would export to that client with defaults and to the whole world with rw.
    throw new ExportsError(`must write each client of ${directory} as CLIENT(OPTIONS), not "${client}"`);
  }
  const wrong = options.split(",").find((option) => !OPTION.test(option));
  if (wrong !== undefined) throw new ExportsError(`has no valid option "${wrong}" in "${client}"`);
  if (fsidOf(client) === undefined) {
    throw new ExportsError(
      `needs fsid=NUMBER in "${client}": without it file handles are lost when the other host takes over`,
    );
  }
}

/** exportfs would take the last of two, and handles of two directories with one fsid lead into either. */
function refuseAmbiguity(exports: readonly Export[]): void {
  const owners = new Map<string, string>();
  const seen = new Set<string>();
  for (const { directory, clients } of exports) {
    if (seen.has(directory)) throw new ExportsError(`names ${directory} twice`);
    seen.add(directory);
    const fsids = new Set(clients.map(fsidOf));
    if (fsids.size > 1) throw new ExportsError(`gives ${directory} more than one fsid`);
    for (const fsid of fsids) {
      if (fsid === undefined) continue;
      const owner = owners.get(fsid);
      if (owner) throw new ExportsError(`gives ${owner} and ${directory} the same fsid`);
      owners.set(fsid, directory);
    }
  }
}

function fsidOf(client: string): string | undefined {
  const options = client.slice(client.indexOf("(") + 1, -1).split(",");
  const values = options.flatMap((option) => FSID.exec(option)?.[1] ?? []);
  // Two of them, or one that is none: not decided here which one exportfs would take.
  if (values.length !== 1 || options.filter((option) => option.startsWith("fsid")).length !== 1) {
    return undefined;
  }
  const [value = ""] = values;
  if (value === "root") return "0";
  return /^\d+$/.test(value) ? String(Number(value)) : value.toLowerCase().replace(/[:-]/g, "");
}

const COMMENT =
  "# written by ocf:skyha:nfs at every start: change the parameter exports of the resource instead";

/** The content of the file in exports.d. */
export function renderExports(exports: readonly Export[]): string {
  const lines = exports.map(({ directory, clients }) => `${directory} ${clients.join(" ")}`);
  return `${[COMMENT, ...lines].join("\n")}\n`;
}

/** The directories of a file that {@link renderExports} has written, or of what is left of it. */
export function directoriesIn(content: string): readonly string[] {
  const first = content.split("\n").map((line) => line.split(" ")[0] ?? "");
  return first.filter((word) => DIRECTORY.test(word));
}
