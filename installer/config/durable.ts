import { stringify } from "yaml";
import type { Config } from "./schema.ts";

const HEADER = [
  "# The applied configuration of this pair, written by `skyha install`; the same on both hosts.",
  "# To change it: edit a copy, look at `skyha plan -f COPY`, then `skyha install -f COPY`.",
].join("\n");

/**
 * The configuration as both hosts keep it. What belongs to the machine it was installed from (keys, archives,
 * where a password was read) is left out, so that installing from another machine changes nothing.
 */
export function durableConfig(config: Config): string {
  const { identity_file: _key, known_hosts: _known, ...ssh } = config.ssh;
  const hosts = config.hosts.map((host) => {
    if (host.fence === undefined) return host;
    return {
      ...host,
      fence: { ...host.fence, password_file: `/etc/skyha/secrets/fence-${host.name}.password` },
    };
  });
  const kept = {
    ...config,
    hosts,
    ssh,
    images: undefined,
    services: Object.fromEntries(
      Object.entries(config.services).map(([name, service]) => [
        name,
        Array.isArray(service) ? service : { ...service, password_file: undefined },
      ]),
    ),
  };
  return `${HEADER}\n${stringify(JSON.parse(JSON.stringify(kept)))}`;
}
