import type { Config, HostConfig } from "../config/schema.ts";
import { DRBD, PATHS } from "../names.ts";

/** What differs between the module's eras; the tools are 9.x everywhere, the in-tree kernel module is 8.4. */
export type DrbdEra = "8.4" | "9";

/** @param moduleVersion `modinfo -F version drbd`, for example 8.4.11 or 9.2.12 */
export function drbdEra(moduleVersion: string): DrbdEra {
  return moduleVersion.startsWith("8.") ? "8.4" : "9";
}

/** The block device under DRBD on that host. */
export function backingDevice(config: Config, host: HostConfig): string {
  return host.backing?.lv ?? host.backing?.disk ?? config.drbd.loop_device;
}

/**
 * drbd.conf(5). `resource-and-stonith` freezes I/O of a primary that lost its peer until the handler knows that
 * the peer is fenced or outdated. After a split brain DRBD disconnects and leaves the decision to a person:
 * every automatic policy is automatic data loss.
 */
export function resourceFile(config: Config, era: DrbdEra): string {
  const fencing = config.hosts.every((host) => host.fence !== undefined);
  const policy = fencing ? "resource-and-stonith" : "dont-care";
  const handlers =
    era === "8.4"
      ? [
          // drbd-utils' script for this module cannot read Pacemaker 3's node states, and believes a peer reachable
          // that its own cluster has not missed yet.
          `fence-peer "${PATHS.program} drbd-handler fence-peer";`,
          `after-resync-target "${PATHS.program} drbd-handler unfence-peer";`,
        ]
      : [
          'fence-peer "/usr/lib/drbd/crm-fence-peer.9.sh";',
          'unfence-peer "/usr/lib/drbd/crm-unfence-peer.9.sh";',
        ];
  const on = (host: HostConfig, id: number) => `    on ${host.name} {
        device ${DRBD.device};
        disk ${backingDevice(config, host)};
        address ${host.address}:${config.drbd.port};
        meta-disk internal;
${era === "9" ? `        node-id ${id};\n` : ""}    }
`;
  return `# written by skyha install
resource ${DRBD.resource} {
    net {
        protocol C;
        # A peer that died is noticed within 6 s, while the cluster fences it, and not by the promotion that follows.
        ping-int 5;
        ping-timeout 10;
        verify-alg crc32c;
        csums-alg crc32c;
        max-buffers 10000;
        max-epoch-size 10000;
        after-sb-0pri disconnect;
        after-sb-1pri disconnect;
        after-sb-2pri disconnect;
${era === "9" ? `        fencing ${policy};\n` : ""}    }
    disk {
        on-io-error detach;
        al-extents 3389;
        c-plan-ahead 15;
        c-fill-target 2M;
        c-min-rate 50M;
        c-max-rate 720M;
        resync-rate 720M;
${era === "8.4" ? `        fencing ${policy};\n` : ""}    }
    handlers {
${handlers.map((line) => `        ${line}\n`).join("")}    }
${config.hosts.map(on).join("")}}
`;
}
