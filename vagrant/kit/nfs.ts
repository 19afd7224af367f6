import type { Lab } from "../src/lab.ts";

/**
 * A client on the third host that appends numbered lines to a file on the export, each followed by fsync. A line
 * counts only once fsync has returned.
 */
export interface NfsAppender {
  /** Resolves once a line is safe that was begun after now. */
  nextLine(timeoutMs: number): Promise<void>;
  /** Longest time between two safe lines since the start or the last call, seconds, by the client's clock. */
  longestGap(): Promise<number>;
  stop(): Promise<{ acknowledgedBytes: number; lostBytes: number }>;
}

const MOUNT = "/mnt/skyha-export";
const LINE_BYTES = 12;

/** Runs on the third host; keeps the count of safe lines and the longest pause in /run/skyha-nfs-acked. */
const PROGRAM = `
import os, sys, time
path, acked = sys.argv[1], sys.argv[2]
n, gap = 0, 0.0
def tell():
    with open(acked + ".new", "w") as f: f.write("%d %.3f" % (n, gap))
    os.rename(acked + ".new", acked)
tell()
fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
last = time.monotonic()
while not os.path.exists("/run/skyha-nfs-stop"):
    os.write(fd, b"%011d\\n" % n)
    os.fsync(fd)
    n += 1
    now = time.monotonic()
    if os.path.exists("/run/skyha-nfs-reset"):
        os.unlink("/run/skyha-nfs-reset")
        gap = 0.0
    gap, last = max(gap, now - last), now
    tell()
    time.sleep(0.02)
os.close(fd)
`;

export async function startNfsAppender(lab: Lab, address: string): Promise<NfsAppender> {
  const file = `${MOUNT}/lines-${Date.now()}`;
  const host = "arbiter";
  await must(
    lab,
    host,
    `systemctl stop skyha-nfs-writer 2>/dev/null; umount -l ${MOUNT} 2>/dev/null
    mkdir -p ${MOUNT}; rm -f /run/skyha-nfs-stop /run/skyha-nfs-reset /run/skyha-nfs-acked
    mount -t nfs4 -o hard,timeo=20,retrans=2 ${address}:/drbd/nfsshare/exports ${MOUNT}`,
  );
  await must(
    lab,
    host,
    `cat > /run/skyha-nfs.py && systemd-run --quiet --unit=skyha-nfs-writer python3 /run/skyha-nfs.py ${file} /run/skyha-nfs-acked`,
    PROGRAM,
  );
  const progress = async () => {
    const [lines = 0, gap = 0] = (await must(lab, host, "cat /run/skyha-nfs-acked"))
      .trim()
      .split(" ")
      .map(Number);
    return { lines, gap };
  };
  return {
    async nextLine(timeoutMs) {
      const { lines: before } = await progress();
      const deadline = Date.now() + timeoutMs;
      while ((await progress()).lines <= before + 1) {
        if (Date.now() > deadline) throw new Error(`no line was safe within ${timeoutMs / 1000} s`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async longestGap() {
      const { gap } = await progress();
      await must(lab, host, "touch /run/skyha-nfs-reset");
      return gap;
    },
    async stop() {
      await must(
        lab,
        host,
        "touch /run/skyha-nfs-stop; for i in $(seq 300); do systemctl is-active -q skyha-nfs-writer || exit 0; sleep 0.2; done; exit 1",
      );
      const { lines } = await progress();
      // Read past the client's own cache: what the server has is what counts.
      await must(lab, host, `umount ${MOUNT} && mount -t nfs4 ${address}:/drbd/nfsshare/exports ${MOUNT}`);
      const content = await must(lab, host, `cat ${file}`);
      await must(lab, host, `umount ${MOUNT}`);
      const acknowledgedBytes = lines * LINE_BYTES;
      return { acknowledgedBytes, lostBytes: lostBytes(content, lines) };
    },
  };
}

/** Bytes of acknowledged lines that are not in the file. */
export function lostBytes(content: string, acknowledgedLines: number): number {
  const present = new Set(content.split("\n"));
  let lost = 0;
  for (let number = 0; number < acknowledgedLines; number++) {
    if (!present.has(String(number).padStart(LINE_BYTES - 1, "0"))) lost += LINE_BYTES;
  }
  return lost;
}

async function must(lab: Lab, host: string, command: string, stdin?: string): Promise<string> {
  const result = await lab.ssh(host, command, {
    timeoutMs: 120_000,
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (result.code !== 0)
    throw new Error(`${host}: ${command.slice(0, 80)} …: ${result.stderr.trim() || `code ${result.code}`}`);
  return result.stdout;
}
