import type { Lab } from "../src/lab.ts";

/**
 * A client on the third host that appends numbered lines to a file on the export, each followed by fsync. A line
 * counts only once fsync has returned.
 */
export interface NfsAppender {
  stop(): Promise<{ acknowledgedBytes: number; lostBytes: number }>;
}

const MOUNT = "/mnt/skyha-export";
const LINE_BYTES = 12;

/** Runs on the third host; prints nothing, keeps the number of the last safe line in /run/skyha-nfs-acked. */
const PROGRAM = `
import os, sys, time
path, acked = sys.argv[1], sys.argv[2]
fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
n = 0
while not os.path.exists("/run/skyha-nfs-stop"):
    os.write(fd, b"%011d\\n" % n)
    os.fsync(fd)
    n += 1
    with open(acked + ".new", "w") as f: f.write(str(n))
    os.rename(acked + ".new", acked)
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
    mkdir -p ${MOUNT}; rm -f /run/skyha-nfs-stop /run/skyha-nfs-acked
    mount -t nfs4 -o hard,timeo=20,retrans=2 ${address}:/drbd/nfsshare/exports ${MOUNT}`,
  );
  await must(
    lab,
    host,
    `cat > /run/skyha-nfs.py && systemd-run --quiet --unit=skyha-nfs-writer python3 /run/skyha-nfs.py ${file} /run/skyha-nfs-acked`,
    PROGRAM,
  );
  return {
    async stop() {
      await must(
        lab,
        host,
        "touch /run/skyha-nfs-stop; for i in $(seq 300); do systemctl is-active -q skyha-nfs-writer || exit 0; sleep 0.2; done; exit 1",
      );
      const lines = Number((await must(lab, host, "cat /run/skyha-nfs-acked")).trim());
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
