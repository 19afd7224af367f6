import { readdir, rm, writeFile } from "node:fs/promises";
import { messageOf } from "../../core/message.ts";
import { requireData } from "../container/data-directory.ts";
import type { Engine } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import { DIALECTS, type DialectName, dialectOfFiles, dialectOfImage, dialectOfName } from "./dialect.ts";
import type { MysqlTable } from "./parameters.ts";
import { rootPassword } from "./spec.ts";

/**
 * Lies in a directory while a database is made in it. Images take a directory with a schema mysql for a finished
 * database, though its accounts may still be missing. A name with a dot does not disturb the making.
 */
const MAKING = ".skyha-initializing";

/**
 * Refuses to start a server that would not serve the data in its directory, or would spoil them. Locks and process
 * numbers of another server in it are left to the server, whose lock on its files holds across containers.
 * @throws OcfError
 */
export async function requireMysqlData(context: Context<MysqlTable>, engine: Engine): Promise<void> {
  const { data_directory: path, initialize } = context.parameters;
  const names = await requireData(context, { path, initialize });
  const isBegun = initialize && names.length === 1 && names[0] === MAKING;
  if (names.length === 0 || isBegun) return prepareNew(context, isBegun);
  if (names.includes(MAKING)) {
    throw refused(
      `the making of a database in ${path} was interrupted: look what is in it, empty it, and start again`,
    );
  }
  if (!names.includes("mysql") && !names.includes("ibdata1")) {
    const shown = names.slice(0, 3).join(", ");
    throw refused(`data_directory ${path} holds ${shown}, but neither mysql nor ibdata1: it is no database`);
  }
  const found = dialectOfFiles(names);
  const wanted = found && (await dialectOf(context, engine));
  if (found && wanted && found !== wanted) {
    throw refused(
      `data_directory ${path} belongs to ${DIALECTS[found].title}, but ${context.parameters.image} is ${DIALECTS[wanted].title}: neither can read the other's data`,
    );
  }
}

async function prepareNew(context: Context<MysqlTable>, isBegun: boolean): Promise<void> {
  const { data_directory: path } = context.parameters;
  if (!rootPassword(context.parameters)) {
    throw refused(
      "a new database needs a password for root: set root_password_file, or password_file with user=root",
    );
  }
  // Whoever owns the directory may have put a link there: wx does not follow it.
  const make = () => writeFile(`${path}/${MAKING}`, "", { flag: "wx" });
  if (!isBegun) await context.deadline.during(path, make);
}

/** A server that answers to its own password is finished. */
export async function markFinished({ parameters, deadline, log }: Context<MysqlTable>): Promise<void> {
  const { data_directory: path } = parameters;
  try {
    const names = await deadline.during(path, () => readdir(path));
    if (names.includes(MAKING)) await deadline.during(path, () => rm(`${path}/${MAKING}`, { force: true }));
  } catch (error) {
    log.warn(`cannot remove ${path}/${MAKING}: ${messageOf(error)}`);
  }
}

async function dialectOf(
  { parameters }: Context<MysqlTable>,
  engine: Engine,
): Promise<DialectName | undefined> {
  const { dialect, image } = parameters;
  return dialectOfName(dialect, image) ?? dialectOfImage(await engine.imageVariables(image));
}

function refused(reason: string): OcfError {
  return new OcfError(Ocf.installed, reason);
}
