import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";

/** Programs of the real names that do to the bench's files what the real ones do to the host. */
const COMMON = `#!/bin/sh
set -f
d="$HOME"
echo "\${0##*/} $*" >> "$d/calls"
case "$(cat "$d/fault/\${0##*/} $*" 2>/dev/null)" in
hang) sleep 61.7 ;;
fail) echo "made to fail" >&2; exit 1 ;;
lie) exit 0 ;;
esac
# Numbers above the kernel's own limit: nothing real can be killed by mistake.
daemon() { mkdir -p "$d/proc/$1/fd"; echo "$2" > "$d/proc/$1/comm"; echo "$1 ($2) S 1" > "$d/proc/$1/stat"; }
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  systemctl: `for last; do :; done
case "$1 $last" in
"show "*) cat "$d/load/$last" 2>/dev/null || echo loaded ;;
"restart nfs-server.service")
  exportfs -r
  echo "threads with $(cut -f1 "$d/lib/nfs/etab" | tr '\\n' ' ')" >> "$d/calls"
  daemon 4200002 rpc.mountd
  mkdir -p "$d/proc/fs/nfsd"; echo 8 > "$d/proc/fs/nfsd/threads" ;;
"stop nfs-server.service") rpc.nfsd 0; exportfs -au; rm -rf "$d/proc/4200002" ;;
"restart nfsdcld.service") daemon 4200001 nfsdcld; ln -sfn "$(cat "$d/storagedir")/main.sqlite" "$d/proc/4200001/fd/7" ;;
"stop nfsdcld.service") rm -rf "$d/proc/4200001" ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
`,
  exportfs: `etab="$d/lib/nfs/etab"
mkdir -p "$d/lib/nfs"; touch "$etab"
case "$1" in
-r) set +f; cat "$d"/etc/exports.d/*.exports 2>/dev/null | grep -v '^#' | { set -f; while read -r dir clients; do
  for client in $clients; do printf '%s\\t%s\\n' "$dir" "$client"; done; done; } > "$etab" ;;
-au) : > "$etab" ;;
-u) awk -v line="/\${2#*:/}	\${2%%:/*}(" 'index($0, line) != 1' "$etab" > "$etab.new"; mv "$etab.new" "$etab" ;;
esac
exit 0
`,
  "rpc.nfsd": `[ ! -e "$d/proc/fs/nfsd/threads" ] || echo "$1" > "$d/proc/fs/nfsd/threads"
`,
};

export type Trouble = "hang" | "fail" | "lie";
export type Answer = "success" | "silence" | "denied" | "mismatch" | "other call" | "noise" | "close";

/** A host with NFS, its volume mounted and a server on a port of its own. */
export interface FakeNfs {
  readonly bench: Bench;
  readonly share: string;
  readonly stateDirectory: string;
  readonly exportsFile: string;
  /** How the server on the port answers; what runs on the host has no influence on that. */
  answer: Answer;
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  /** What a program does when it is called with exactly these words. */
  trouble(call: string, kind: Trouble): void;
  calls(): readonly string[];
  /** Writes a file below the bench's directory. */
  put(path: string, content: string): void;
  remove(path: string): void;
  close(): Promise<void>;
}

export async function createFakeNfs(): Promise<FakeNfs> {
  const bench = createBench("nfs", { agent: "nfs" });
  const at = (...parts: string[]) => join(bench.directory, ...parts);
  const share = at("vol/exports");
  const stateDirectory = at("vol/info");
  for (const directory of [share, at("fault"), at("load")]) mkdirSync(directory, { recursive: true });
  writeFileSync(at("vol/.skyha-volume"), "");
  writeFileSync(at("storagedir"), `${stateDirectory}/nfsdcld`);
  writeFileSync(at("calls"), "");
  bench.mounts([at("vol")]);
  for (const [name, script] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bench.binDir, name), COMMON + script);
    chmodSync(join(bench.binDir, name), 0o755);
  }
  const put = (path: string, content: string) => {
    mkdirSync(join(at(path), ".."), { recursive: true });
    writeFileSync(at(path), content);
  };
  const server = await listen(() => fake.answer);
  const fake: FakeNfs = {
    bench,
    share,
    stateDirectory,
    exportsFile: at("etc/exports.d/skyha-nfs.exports"),
    answer: "success",
    act: (action, parameters = {}, env = {}) =>
      bench.act(
        action,
        {
          exports: `${share} 10.78.0.0/24(rw,sync,fsid=1)`,
          state_directory: stateDirectory,
          mount_check: at("vol"),
          port: String(server.port),
          ...parameters,
        },
        env,
      ),
    trouble: (call, kind) => put(join("fault", call), kind),
    calls: () => readFileSync(at("calls"), "utf8").trim().split("\n").filter(Boolean),
    put,
    remove: (path) => rmSync(at(path), { recursive: true, force: true }),
    close: async () => {
      await server.close();
      bench.clean();
    },
  };
  return fake;
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

async function listen(answer: () => Answer): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (call: Buffer) => reply(socket, call, answer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The call the agent has to send, word by word: RFC 5531, program 100003, version 4, procedure 0, AUTH_NONE. */
const CALL = [0, 2, 100003, 4, 0, 0, 0, 0, 0];

function reply(socket: Socket, call: Buffer, answer: Answer): void {
  const words = Array.from({ length: call.length / 4 }, (_none, index) => call.readUInt32BE(index * 4));
  const [mark, xid = 0, ...rest] = words;
  const isRight = mark === 0x80000028 && JSON.stringify(rest) === JSON.stringify(CALL);
  const answers: Readonly<Record<Answer, () => void>> = {
    silence: () => {},
    close: () => socket.end(),
    noise: () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    "other call": () => send(socket, [xid ^ 1, 1, 0, 0, 0, 0]),
    denied: () => send(socket, [xid, 1, 1, 1, 0]),
    mismatch: () => send(socket, [xid, 1, 0, 0, 0, 2, 3, 3]),
    success: () => send(socket, [xid, 1, 0, 0, 0, 0]),
  };
  if (isRight) answers[answer]();
  else socket.destroy();
}

/** In two pieces, as a network may deliver it. */
function send(socket: Socket, words: readonly number[]): void {
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.writeUInt32BE(0x80000000 + words.length * 4, 0);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, 4 + index * 4);
  socket.setNoDelay(true);
  socket.write(bytes.subarray(0, 6));
  setTimeout(() => socket.write(bytes.subarray(6)), 5);
}
