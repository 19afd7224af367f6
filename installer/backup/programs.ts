/*
 * What runs on a host while a backup is made. Passwords go from their file into the container's shell by standard
 * input, so that they are in no argument list. Written for bash, which tells when the first part of a pipe failed.
 */

/** Code of a program that found another backup of the same service at work. */
export const BUSY = 75;

/** In the container: takes the password from standard input, then does the rest with it in `$word`. */
const WITH_WORD = "IFS= read -r word || :; ";

/**
 * In the container: tar stream of the whole server, with the log that makes it consistent. The log is fetched at the
 * end, so a slot that lives as long as psql's session keeps it until then; psql's own exit code tells of neither.
 */
const POSTGRES_INNER = `${WITH_WORD}
[ -z "$word" ] || export PGPASSWORD="$word"
export PGPORT="$1" PGUSER="$2" PGDATABASE="$3" PGAPPNAME=skyha-backup
printf '%s\\n' "SELECT pg_create_physical_replication_slot('skyha_backup_' || pg_backend_pid(), true, true);" \\
  '\\! pg_basebackup -D - -F tar -X fetch -c fast -l skyha -w || kill "$PPID"' | psql -X -q -w -o /dev/null`;

const MYSQL_INNER = `${WITH_WORD}
export MYSQL_PWD="$word"
user=$1
shift
first_of() { command -v "$1" || command -v "$2" || { echo "the image has neither $1 nor $2" >&2; exit 127; }; }
`;

const MYSQL_DUMP_INNER = `${MYSQL_INNER}
program=$(first_of mariadb-dump mysqldump) || exit
exec "$program" --user="$user" --protocol=socket --single-transaction --quick --all-databases --routines --triggers \\
  --events --hex-blob --flush-privileges --default-character-set=utf8mb4`;

const MYSQL_QUERY_INNER = `${MYSQL_INNER}
program=$(first_of mariadb mysql) || exit
exec "$program" --user="$user" --protocol=socket --batch --skip-column-names --execute="$1"`;

/** One line per database: bytes, name, tables, rows; the rows are estimates, made anew by ANALYZE. */
const POSTGRES_LOOK_INNER = `${WITH_WORD}
[ -z "$word" ] || export PGPASSWORD="$word"
export PGPORT="$1" PGUSER="$2" PGDATABASE="$3"
say() { psql -X -q -w -At -F ' ' -c "$1" < /dev/null; }
say "SELECT pg_database_size(oid), datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 2" |
  while IFS=' ' read -r bytes name; do
    export PGDATABASE="$name"
    say ANALYZE > /dev/null 2>&1 || :
    held=$(say "SELECT count(*), coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')") || exit 1
    printf '%s\\t%s\\t%s\\t%s\\n' "$name" "$bytes" "\${held% *}" "\${held#* }"
  done`;

const POSTGRES_READY_INNER = `${WITH_WORD}
[ -z "$word" ] || export PGPASSWORD="$word"
PGPORT="$1" PGUSER="$2" PGDATABASE="$3" psql -X -q -w -At -c "SELECT pg_is_in_recovery()"`;

/** The images make a new database with a server of their own first; only the last one is process 1. */
const MYSQL_READY_INNER = `${MYSQL_INNER}
case $(cat /proc/1/comm) in mysqld | mariadbd) ;; *) exit 1 ;; esac
program=$(first_of mariadb-admin mysqladmin) || exit
exec "$program" --user="$user" --protocol=socket ping`;

/** Standard input is the dump, and after it what is asked: in one session, because the dump brings other passwords. */
const MYSQL_IMPORT_INNER = `program=$(command -v mariadb || command -v mysql) || exit
exec "$program" --user=root --protocol=socket --batch --skip-column-names --default-character-set=utf8mb4`;

const REDIS_INNER = `${WITH_WORD}
[ -z "$word" ] || export REDISCLI_AUTH="$word" VALKEYCLI_AUTH="$word"
port=$1
shift
program=$(command -v redis-cli || command -v valkey-cli) || { echo "the image has no redis-cli" >&2; exit 127; }
exec "$program" -h 127.0.0.1 -p "$port" "$@"`;

const TALK = `set -euo pipefail
engine=$1 container=$2 word=$3 inner=$4
shift 4
{ [ -z "$word" ] || cat -- "$word"; } | "$engine" exec -i "$container" sh -c "$inner" inner "$@"`;

/** One program in a container; $1 engine, $2 container, $3 the password's file or nothing, $4 what to run. */
export const INNER = {
  postgresCopy: POSTGRES_INNER,
  mysqlDump: MYSQL_DUMP_INNER,
  mysqlQuery: MYSQL_QUERY_INNER,
  redis: REDIS_INNER,
  postgresReady: POSTGRES_READY_INNER,
  postgresLook: POSTGRES_LOOK_INNER,
  mysqlReady: MYSQL_READY_INNER,
} as const;

/** The same without a file around it. */
export const ASK = TALK;

/** $1 engine, $2 container, $3 dump, $4 what is asked after it. */
export const IMPORT = `set -euo pipefail
{ gzip -dc -- "$3"; printf '\\n%s\\n' "$4"; } | "$1" exec -i "$2" sh -c '${MYSQL_IMPORT_INNER}'`;

/** $1 new directory, $2 directory in it or nothing, $3 compressed tar, $4 uid:gid of everything, or as it was. */
export const UNPACK = `set -euo pipefail
mkdir -- "$1"
into=$1
if [ -n "$2" ]; then into=$1/$2; mkdir -m 700 -- "$into"; fi
gzip -dc -- "$3" | tar --numeric-owner --acls --xattrs -xpf - -C "$into"
if [ -n "$4" ]; then chown -R -h -- "$4" "$1"; fi
sync -f "$1"`;

/** $1 directory of the service's backups: one at a time there, until this program has ended. */
const ALONE = `set -euo pipefail
umask 077
exec 9>> "$1/.lock"
flock -n 9 || exit ${BUSY}
`;

/** Its output, compressed, becomes the file $2; the rest as for {@link ASK}. */
export const COPY = `${ALONE}
out=$2
shift 2
copy() { ${TALK}
}
copy "$@" 9>&- | gzip -1 9>&- > "$out"`;

/** Files of $3 as a tar in $2; code 3: some changed while they were read. The names after it, or all. */
export const COPY_FILES = `${ALONE}
out=$2
from=$3
shift 3
set +e
tar --numeric-owner --acls --xattrs --sparse -C "$from" -cf - -- "$@" 9>&- | gzip -1 9>&- > "$out"
codes=("\${PIPESTATUS[@]}")
[ "\${codes[1]}" = 0 ] || exit 1
case \${codes[0]} in 0) exit 0 ;; 1) exit 3 ;; *) exit 1 ;; esac`;

/** $1 data_dir, $2 its directory for the service, $3 stamp. What an interrupted backup left goes. */
export const BEGIN = `set -euo pipefail
umask 077
[ -d "$1" ] || { echo "there is no directory $1" >&2; exit 1; }
mkdir -p -- "$2"
exec 9>> "$2/.lock"
flock -n 9 || exit ${BUSY}
find "$2" -mindepth 1 -maxdepth 1 -name '.partial-*' -exec rm -rf -- {} +
mkdir -- "$2/.partial-$3"`;

/** Standard input becomes backup.json; $2 partial name, $3 final name. Prints its bytes. */
export const FINISH = `${ALONE}
cd -- "$1/$2"
IFS= read -r line
printf '%s\\n' "$line" > backup.json
find . -type f ! -name SHA256SUMS -printf '%P\\0' | sort -z | xargs -0 sha256sum -- > SHA256SUMS
sync -f .
cd ..
mv -T -- "$2" "$3"
sync -f .
du -sb -- "$3" | cut -f1`;

/** On the other host: standard input is a tar of one backup. $1 data_dir, $2 directory, $3 stamp, $4 final name. */
export const RECEIVE = `${BEGIN}
cd -- "$2/.partial-$3"
tar --numeric-owner -xf - 9>&-
sha256sum --check --strict --quiet SHA256SUMS >&2
rm -f verified.json
sync -f .
cd ..
mv -T -- ".partial-$3" "$4"
sync -f .`;

/** $1 a backup; the rest is the command line of ssh. */
export const SEND = `set -euo pipefail
from=$1
shift
tar --numeric-owner -C "$from" -cf - . | "$@"`;

/** $1 directory with the services' directories. One line per backup: path, bytes, backup.json, verified.json. */
export const LIST = `set -eu
[ -d "$1" ] || { [ -d "$2" ] && exit 0; echo "there is no directory $2" >&2; exit 1; }
for file in "$1"/*/*/backup.json; do
  [ -f "$file" ] || continue
  dir=\${file%/*}
  seen=
  if [ -f "$dir/verified.json" ]; then seen=$(tr -d '\\n\\t' < "$dir/verified.json"); fi
  printf '%s\\t%s\\t%s\\t%s\\n' "$dir" "$(du -sb -- "$dir" | cut -f1)" "$(tr -d '\\n\\t' < "$file")" "$seen"
done`;

/** $1 a backup. */
export const VERIFY = `set -eu
cd -- "$1"
[ -s SHA256SUMS ] || { echo "SHA256SUMS is missing" >&2; exit 1; }
grep -q ' backup.json$' SHA256SUMS || { echo "SHA256SUMS does not name backup.json" >&2; exit 1; }
sha256sum --check --strict --quiet SHA256SUMS`;

/** Bytes of a directory with all below it. */
export const USED = 'set -eu; [ -d "$1" ]; du -s -B1 -- "$1" | cut -f1';
