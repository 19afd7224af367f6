import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Argv, ExecOptions, ExecResult, Host } from "../../core/host.ts";
import { runProcess } from "../../core/process.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { parseXml, serializeXml, type XmlNode } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import type { PairMember } from "../hosts/pair.ts";
import { PATHS } from "../names.ts";
import { testConfig } from "./facts.ts";

/*
 * A pair in a temporary directory: the shell programs that skyha sends to hosts are run by real shells on real files.
 * Only the cluster, the engine and the clients of the databases are stand-ins.
 */

/** The password of every service; it must never be in an argument list. */
export const WORD = "s3cret-word";

const RESOURCES: Readonly<Record<string, string>> = {
  postgres: "postgres",
  mariadb: "mysql",
  redis: "redis",
};

export interface Stand extends Disposable {
  readonly root: string;
  readonly config: Config;
  readonly members: PairMember[];
  /** What was run on hosts, cluster and engine: one line each. */
  readonly ran: string[];
  /** Host with the volume; undefined: none has it. */
  active: string | undefined;
  /** `docker …`, one line each. */
  engineLog(): string;
  /** Replaces a program that containers and hosts find. */
  program(name: string, text: string): void;
  path(...parts: string[]): string;
  /** Whether the agent of a resource calls it running. */
  readonly running: Map<string, boolean>;
  cib(): string;
}

export function createStand(): Stand {
  const root = mkdtempSync(join(tmpdir(), "skyha-stand-"));
  const path = (...parts: string[]) => join(root, ...parts);
  for (const name of ["bin", "db1/data", "db2/data", "db1/state", "db2/state", "drbd/nfsshare/exports"])
    mkdirSync(path(name), { recursive: true });
  writeFileSync(path("word"), `${WORD}\n`, { mode: 0o600 });
  const program = (name: string, text: string) => {
    writeFileSync(path("bin", name), `#!/bin/bash\n${text}\n`);
    chmodSync(path("bin", name), 0o755);
  };
  for (const [name, text] of Object.entries(programs(root))) program(name, text);
  let cib = cibOf(root);
  let clock = 0;
  const ran: string[] = [];
  const running = new Map(Object.keys(RESOURCES).map((id) => [id, true]));
  const written: string[] = [];
  const stand = { active: "db1" as string | undefined };
  const env = { ...process.env, PATH: `${path("bin")}:${process.env["PATH"]}` };
  const answer = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });

  const host = (name: string): Host => {
    const mapped = (word: string) =>
      word
        .replaceAll(PATHS.state, path(name, "state"))
        .replaceAll("/drbd/nfsshare", path("drbd/nfsshare"))
        .replaceAll(path("db1/data"), path(name, "data"));
    const exec = async (argv: Argv, options: ExecOptions = {}): Promise<ExecResult> => {
      const line = `${name} ${argv.join(" ")}`;
      if (line.includes(WORD)) throw new Error(`a secret in an argument list: ${line}`);
      switch (argv[0]) {
        case "findmnt":
          return name === stand.active ? answer("/dev/drbd1\n") : answer("", 1);
        case "date":
          if (argv.at(-1) === "+%Y%m%dT%H%M%S")
            return answer(`20260102T0304${`${++clock}`.padStart(2, "0")}\n`);
          return answer(argv.at(-1)?.startsWith("+%s") ? `${Date.now() / 1000}\n` : "2026-01-02T03:04:05Z\n");
        case "crm_mon":
          return answer(crmMonOf(cib, running, stand.active ?? "db1"));
        case "crm_diff":
          return answer("patch", 1);
        case "mktemp":
          return answer("/run/skyha-cib.test\n");
        case "rm":
          if (argv[2]?.startsWith("/run/")) return answer("");
          if (argv[2]?.startsWith("/etc/")) {
            for (const file of argv.slice(2)) rmSync(path(name, file), { force: true });
            return answer("");
          }
          break;
        case "cibadmin":
          if (argv[1] === "--query") return answer(cib);
          ran.push(line);
          cib = written.at(-1) ?? cib;
          return answer("");
        case "crm_resource": {
          ran.push(line);
          const id = argv[2] ?? "";
          if (argv[3] === "--force-stop") running.set(id, false);
          if (argv[3] === "--force-start") running.set(id, true);
          if (argv[3] === "--force-check") return answer("", running.get(id) ? 0 : 7);
          return answer("");
        }
        case "systemctl":
          ran.push(line);
          return answer("active\nactive\nactive\n");
        case "bash":
        case "sh":
          ran.push(`${name} ${argv[0]} ${argv[3]} ${argv.slice(4).join(" ")}`);
          break;
        default:
          ran.push(line);
      }
      const words: Argv = [argv[0], ...argv.slice(1).map(mapped)];
      return runProcess(words, { ...options, env }).catch(() => answer("", 127));
    };
    return {
      name,
      address: name === "db1" ? "local" : "10.0.0.2",
      exec,
      async read(file) {
        if (file === "/proc/drbd")
          return captured(`drbd-8.4.11/healthy-${name === stand.active ? "primary" : "secondary"}.proc`);
        if (file === "/proc/mounts")
          return `/dev/vda / ext4 rw 0 0\n${name === stand.active ? "/dev/drbd1 /drbd xfs rw 0 0\n" : ""}`;
        const own = file.startsWith("/etc/") ? path(name, file) : mapped(file);
        return own.startsWith(root) && existsSync(own) ? readFileSync(own, "utf8") : undefined;
      },
      async write(file, text) {
        if (file.startsWith("/run/")) {
          written.push(text);
          return;
        }
        const own = file.startsWith("/etc/") ? path(name, file) : mapped(file);
        if (!own.startsWith(root)) throw new Error(`not in this test: ${file}`);
        mkdirSync(dirname(own), { recursive: true });
        writeFileSync(own, text);
      },
      upload: () => Promise.reject(new Error("nothing here is uploaded")),
      close: async () => {},
    };
  };
  const config = { ...configOf(), data_dir: path("db1/data") };
  return Object.assign(stand, {
    root,
    config,
    members: config.hosts.map((each) => ({ config: each, host: host(each.name) })),
    ran,
    engineLog: () => (existsSync(path("engine.log")) ? readFileSync(path("engine.log"), "utf8") : ""),
    program,
    path,
    running,
    cib: () => cib,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  });
}

function configOf(): Config {
  const config = testConfig();
  const { redis } = config.services;
  if (redis === undefined) throw new Error("the test configuration has a redis");
  const mariadb = { image: "maria:1", port: 3306 };
  return { ...config, services: { ...config.services, mariadb } };
}

/** A group of these services; the rest of a CIB is nothing to a backup. */
function cibOf(root: string): string {
  const value = (id: string, name: string, text: string) =>
    `<nvpair id="${id}-${name}" name="${name}" value="${text}"/>`;
  const primitives = Object.entries(RESOURCES).map(([id, type]) => {
    mkdirSync(join(root, "drbd", id), { recursive: true });
    const parameters = {
      engine: "docker",
      name: id,
      image: `${id}:1`,
      data_directory: join(root, "drbd", id),
      password_file: join(root, "word"),
    };
    const pairs = Object.entries(parameters).map(([name, text]) => value(id, name, text));
    return `<primitive id="${id}" class="ocf" provider="skyha" type="${type}"><instance_attributes id="${id}-i">${pairs.join("")}</instance_attributes><operations/></primitive>`;
  });
  return `<cib epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/><resources><group id="master-group">${primitives.join("")}<primitive id="nfs-daemon" class="ocf" provider="skyha" type="nfs"/></group></resources><constraints/></configuration></cib>`;
}

/** What crm_mon says: the captured pair, with these services as they are now. */
function crmMonOf(cib: string, running: ReadonlyMap<string, boolean>, node: string): string {
  const resting = (id: string) => {
    const at = cib.indexOf(`<primitive id="${id}"`);
    return cib.slice(at, cib.indexOf("</primitive>", at)).includes('name="maintenance"');
  };
  const resource = ([id, isRunning]: [string, boolean]) =>
    `<resource id="${id}" resource_agent="ocf:skyha:container" role="${isRunning ? "Started" : "Stopped"}" active="${isRunning}" orphaned="false" blocked="false" managed="${!resting(id)}" failed="false" failure_ignored="false" nodes_running_on="1">${isRunning ? `<node name="${node}" id="1" cached="true"/>` : ""}</resource>`;
  const shown = parseXml(captured("pacemaker-2.1.5/healthy/crm_mon.xml"));
  const services = [...running].map((each) => parseXml(resource(each)));
  return serializeXml(withServices(shown, services));
}

function withServices(node: XmlNode, services: readonly XmlNode[]): XmlNode {
  const ids = services.map((service) => service.attributes["id"]);
  const children = node.children
    .filter((child) => !(child.name === "resource" && ids.includes(child.attributes["id"])))
    .map((child) => withServices(child, services));
  return node.name === "group" ? { ...node, children: [...children, ...services] } : { ...node, children };
}

/** Stand-ins for the engine and for what images bring along; each checks what it is told. */
function programs(root: string): Record<string, string> {
  return {
    docker: `printf '%s ' "$@" | tr '\\n' ' ' >> ${root}/engine.log; echo >> ${root}/engine.log
case $1 in
  exec) shift; [ "$1" != -i ] || shift; export CONTAINER=$1; shift; exec "$@" ;;
  inspect) case $3 in *ExitCode*) echo 0 ;; *) echo true ;; esac ;;
  run) echo 0123abc ;;
esac`,
    psql: `case "$*" in
  *pg_is_in_recovery*) [ "$PGPASSWORD" = ${WORD} ] && echo f ;;
  *pg_database_size*) echo "7000000 postgres"; echo "8000000 shop" ;;
  *ANALYZE*) : ;;
  *reltuples*) if [ "$PGDATABASE" = shop ]; then echo "2 1234"; else echo "0 0"; fi ;;
  *) [ "$PGPASSWORD" = ${WORD} ] || { echo "no password" >&2; exit 2; }
     while IFS= read -r line; do case $line in '\\!'*) sh -c "\${line#'\\!'}" || exit 1 ;; esac; done ;;
esac`,
    pg_basebackup: `[ ! -e ${root}/fail ] || { echo half; echo "could not read" >&2; exit 1; }
tar -C ${root}/drbd/postgres -cf - .`,
    "mariadb-dump": `[ "$MYSQL_PWD" = ${WORD} ] || exit 1; echo "CREATE DATABASE shop; -- $*"`,
    mariadb: `case "$*" in *--execute=*) cat ${root}/other-engines 2> /dev/null || echo 0; exit ;; esac
cat > ${root}/imported; printf 'skyha-trial\\tshop\\t4096\\t3\\t99\\nskyha-trial\\t\\t5\\n'`,
    "mariadb-admin": "exit 0",
    "redis-cli": `shift 4
saved=$(cat ${root}/saved 2> /dev/null || echo 100)
case $* in
  "CONFIG GET dbfilename") printf 'dbfilename\\ndump.rdb\\n' ;;
  TIME) printf '200\\n1\\n' ;;
  "BGSAVE SCHEDULE") [ "$REDISCLI_AUTH" = ${WORD} ] || { echo "NOAUTH wanted"; exit; }
    echo 200 > ${root}/saved; echo data > ${root}/drbd/redis/dump.rdb; echo "Background saving started" ;;
  "INFO persistence") printf 'rdb_bgsave_in_progress:0\\r\\nrdb_last_save_time:%s\\r\\nrdb_last_bgsave_status:%s\\r\\naof_enabled:%s\\r\\naof_rewrite_in_progress:0\\r\\naof_rewrite_scheduled:0\\r\\naof_last_bgrewrite_status:ok\\r\\n' "$saved" "$(cat ${root}/bgsave 2> /dev/null || echo ok)" "$(cat ${root}/aof 2> /dev/null || echo 0)" ;;
  "INFO keyspace") printf '# Keyspace\\r\\ndb0:keys=7,expires=0\\r\\n' ;;
  DBSIZE) echo 7 ;;
  PING) echo PONG ;;
  "CONFIG SET appendonly yes") echo 1 > ${root}/aof; echo OK ;;
esac`,
    cat: `if [ "$*" = /proc/1/comm ]; then echo mariadbd; else exec /bin/cat "$@"; fi`,
    chown: "exit 0",
    ssh: `echo "$*" | head -c 300 | tr '\\n' ' ' >> ${root}/ssh.log
[ ! -e ${root}/fail-ssh ] || { echo "no route to host" >&2; exit 255; }
for last; do :; done
exec bash -c "\${last//db1\\/data/db2/data}"`,
  };
}
