import { lstat, open, readdir } from "node:fs/promises";
import { requireData } from "../container/data-directory.ts";
import { runOptions } from "../container/settings.ts";
import type { Container, Engine } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import { otherServer } from "./other-server.ts";
import type { PostgresTable } from "./parameters.ts";
import { asContainer } from "./settings.ts";

/** Where PGDATA is on this host. */
export interface Layout {
  readonly pgdata: string;
  /** data_directory holds PGDATA, and is not PGDATA itself. */
  readonly isParent: boolean;
}

/** Each makes the server start as a standby or recover from an archive, up to a point that only a human can know. */
const RECOVERY_FILES = ["standby.signal", "recovery.signal", "recovery.conf"];
/** Files looked into are a few bytes long; whoever owns the directory may have put anything in their place. */
const READ_LIMIT = 64;

export async function layoutOf({ parameters, deadline }: Context<PostgresTable>): Promise<Layout> {
  const directory = parameters.data_directory.replace(/(?<=.)\/+$/, "");
  const inside = `${directory}/${parameters.pgdata.split("/").at(-1)}`;
  const holdsData = await deadline.during(directory, () => isFile(`${directory}/PG_VERSION`));
  return holdsData ? { pgdata: directory, isParent: false } : { pgdata: inside, isParent: true };
}

/**
 * Refuses everything that must not be started as the one primary: no database, the wrong one, a standby's, or one
 * that another server works in.
 * @throws OcfError with code 5 for what has to be put right by hand, 1 for what may pass.
 */
export async function admitDirectory(
  context: Context<PostgresTable>,
  engine: Engine,
  existing: Container | undefined,
): Promise<void> {
  const layout = await layoutOf(context);
  const { pgdata } = layout;
  if (await isNew(context, layout)) return;
  const within = <T>(work: () => Promise<T>) => context.deadline.during(pgdata, work);
  const version = (await within(() => head(`${pgdata}/PG_VERSION`)))?.toString("utf8").trim() ?? "";
  if (!/^\d+(\.\d+)?$/.test(version)) {
    throw refusal(`${pgdata} holds files but no readable PG_VERSION: it is no data directory of PostgreSQL`);
  }
  if (!(await within(() => isFile(`${pgdata}/global/pg_control`)))) {
    throw refusal(`${pgdata} lacks global/pg_control: its making was interrupted, or it is damaged`);
  }
  for (const name of RECOVERY_FILES) {
    if (await within(() => isThere(`${pgdata}/${name}`))) {
      throw refusal(`${pgdata} holds ${name}: the server would start in recovery, not as the primary`);
    }
  }
  await requireVersion(context, engine, pgdata, version);
  await within(() => requireOwner(context, pgdata));
  const other = await within(() => otherServer(context.system.procDir, pgdata, existing?.id));
  if (other !== undefined) {
    throw new OcfError(
      Ocf.generic,
      `${pgdata} is in use by another PostgreSQL server (process ${other}), and two would destroy the data: stop that one first`,
    );
  }
}

/** Whether there is nothing yet and the image may make a database. @throws OcfError */
async function isNew(context: Context<PostgresTable>, { pgdata, isParent }: Layout): Promise<boolean> {
  const { data_directory: directory, initialize } = context.parameters;
  const container = asContainer(context);
  const names = await requireData(container, { path: directory, initialize });
  if (names.length === 0) return true;
  if (!isParent) return false;
  const [base = ""] = pgdata.split("/").slice(-1);
  const listed = await context.deadline.during(pgdata, () => readdir(pgdata).catch(() => undefined));
  if (listed !== undefined && listed.length > 0) return false;
  // A database beside an empty PGDATA more likely means a wrong parameter than a wish for a second database.
  if (names.length > 1 || !names.includes(base)) {
    throw refusal(
      `data_directory ${directory} holds ${names.slice(0, 3).join(", ")}, but no database in ${base}: check data_directory and pgdata`,
    );
  }
  return (await requireData(container, { path: pgdata, initialize })).length === 0;
}

async function requireVersion(
  { parameters }: Context<PostgresTable>,
  engine: Engine,
  pgdata: string,
  version: string,
): Promise<void> {
  const { PG_MAJOR: major } = await engine.imageVariables(parameters.image);
  // An image that does not say so: the server itself refuses another major's data.
  if (major === undefined || major === version) return;
  throw refusal(
    `${pgdata} belongs to PostgreSQL ${version}, but image ${parameters.image} is PostgreSQL ${major}: use an image of ${version}, or upgrade the data with pg_upgrade`,
  );
}

/** An image that starts as root gives the files to its own user; one that is started as another user cannot. */
async function requireOwner(context: Context<PostgresTable>, pgdata: string): Promise<void> {
  const options = runOptions(asContainer(context).parameters);
  const user = options.findLast(({ name }) => name === "user")?.value.replace(/:.*/s, "");
  if (user === undefined || !/^\d+$/.test(user) || user === "0") return;
  if (options.some(({ name }) => name === "userns")) return;
  for (const path of [pgdata, `${pgdata}/PG_VERSION`]) {
    const { uid } = await lstat(path);
    if (uid !== Number(user)) {
      throw refusal(`${path} belongs to user ${uid}, but run_opts starts the server as user ${user}`);
    }
  }
}

function refusal(text: string): OcfError {
  return new OcfError(Ocf.installed, text);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** First bytes of a plain file: a link could lead out of the directory, a pipe would never answer. */
export async function head(path: string): Promise<Buffer | undefined> {
  if (!(await isFile(path))) return undefined;
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const buffer = Buffer.alloc(READ_LIMIT);
    const { bytesRead } = await file.read(buffer, 0, READ_LIMIT, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
