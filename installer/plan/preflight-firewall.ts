import { type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import type { FirewallFacts } from "../facts/firewall/gather.ts";
import { isInNetwork, obstaclesTo, type Packet, passageOf } from "../facts/firewall/rules.ts";
import type { HostFacts } from "../facts/host.ts";
import { CLUSTER_PORTS, NFS_PORT } from "../names.ts";
import { servicesOf } from "../services/list.ts";
import { onEach } from "./check.ts";

/** What comes to a host of a pair from outside. */
export interface Traffic extends Packet {
  readonly what: string;
}

/** Everything that has to get through to a host: from the other host, and from clients to the VIP. */
export function trafficTo(config: Config, own: HostConfig, facts: Pick<HostFacts, "addresses">): Traffic[] {
  const peer = config.hosts.find(({ name }) => name !== own.name);
  if (peer === undefined) throw new Error("a pair has two hosts");
  const theirs = [peer.address, ...peer.links];
  const interfaceOf = (address: string) =>
    facts.addresses.find((item) => item.address === address)?.interface;
  const fromPeer = (what: string, protocol: "tcp" | "udp", port: number, link = 0): Traffic => {
    const destination = [own.address, ...own.links][link] ?? own.address;
    return { what, protocol, port, source: theirs[link], destination, interface: interfaceOf(destination) };
  };
  const vip = config.vip.address;
  const device = facts.addresses.find(({ address, prefix }) => isInNetwork(vip, address, prefix))?.interface;
  const fromClients = (what: string, port: number): Traffic => {
    return { what, protocol: "tcp", port, source: undefined, destination: vip, interface: device };
  };
  return [
    // Each link of knet has the port after that of the one before it.
    ...theirs.map((_address, link) => fromPeer("corosync", "udp", CLUSTER_PORTS.corosync + link, link)),
    fromPeer("DRBD", "tcp", config.drbd.port),
    ...(config.pcs ? [fromPeer("pcsd", "tcp", CLUSTER_PORTS.pcsd)] : []),
    ...servicesOf(config).flatMap(({ name, port }) => (port === undefined ? [] : [fromClients(name, port)])),
    fromClients("nfs", NFS_PORT),
  ];
}

export const firewallCheck = onEach(
  "firewall",
  () => say`the firewalls let in what a pair needs`,
  (facts, config, own) => {
    const { firewall } = facts.machine;
    const traffic = trafficTo(config, own, facts);
    const thatIs = (wanted: "blocked" | "unknown") =>
      traffic.filter((packet) => {
        const passage = passageOf(firewall.rulesets, packet);
        // Rules that were not read may drop more than those that were, and never less.
        return (passage === "open" && firewall.unread !== undefined ? "unknown" : passage) === wanted;
      });
    const [blocked, unclear] = [thatIs("blocked"), thatIs("unknown")];
    const reports: Report[] = [];
    if (blocked.length > 0) {
      const payload = { ports: blocked.map(shown), command: allow(firewall, blocked) };
      reports.push(report("preflight.firewall-blocks", payload, own.name));
    }
    if (unclear.length > 0) {
      const payload = {
        ports: unclear.map(shown),
        why: firewall.unread,
        command: allow(firewall, unclear),
      };
      reports.push(report("preflight.firewall-unclear", payload, own.name));
    }
    return reports;
  },
);

const shown = ({ what, port, protocol }: Traffic): string => `${what} ${port}/${protocol}`;

/** The command that lets it in for good, with the firewall that is there. */
function allow({ manager, rulesets }: FirewallFacts, traffic: readonly Traffic[]): string {
  if (manager === "firewalld") {
    const devices = Map.groupBy(traffic, (packet) => packet.interface);
    const commands = [...devices].map(([device, packets]) => {
      const zone =
        device === undefined
          ? ""
          : ` --zone=$(firewall-cmd --get-zone-of-interface=${device} || firewall-cmd --get-default-zone)`;
      const ports = packets.map(({ port, protocol }) => ` --add-port=${port}/${protocol}`);
      return `firewall-cmd --permanent${zone}${ports.join("")}`;
    });
    return [...commands, "firewall-cmd --reload"].join(" && ");
  }
  if (manager === "ufw") {
    const rules = traffic.map(
      ({ port, protocol, source }) =>
        `ufw allow proto ${protocol} from ${source ?? "any"} to any port ${port}`,
    );
    return rules.join(" && ");
  }
  // Where nothing is known to be in the way, the place where most people have their rules.
  const steps = traffic.flatMap((packet) => {
    const chains = obstaclesTo(rulesets, packet);
    return (chains.length > 0 ? chains : ["filter INPUT"]).map((chain) => ({ ...packet, chain }));
  });
  return [...Map.groupBy(steps, ({ chain, protocol }) => `${chain}|${protocol}`).values()]
    .map((packets) => {
      const [{ chain, protocol } = { chain: "", protocol: "" }] = packets;
      return insertion(chain.split(" "), protocol, packets.map(({ port }) => port).join(","));
    })
    .join(" && ");
}

/** @param chain of nftables its family, table and name; of iptables its table and name */
function insertion(chain: readonly string[], protocol: string, ports: string): string {
  if (chain.length === 3) {
    return `nft insert rule ${chain.join(" ")} ${protocol} dport '{ ${ports} }' accept`;
  }
  const [table, name] = chain;
  const where = table === "filter" ? "" : ` -t ${table}`;
  return `iptables${where} -I ${name} -p ${protocol} -m multiport --dports ${ports} -j ACCEPT`;
}
