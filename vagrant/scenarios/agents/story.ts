import type { Story } from "../../kit/story.ts";
import { prepare } from "./bench.ts";
import { conformance, ocfTester } from "./conformance.ts";
import { containerStates } from "./container.ts";
import { databaseStates } from "./databases.ts";
import { drbdStates } from "./drbd.ts";
import { tlsStates } from "./tls.ts";

/** The agents by hand, without a cluster: docker on the first host, podman on the second. */
export const agentsStory: Story = {
  name: "agents",
  release: "12",
  engine: "docker",
  independent: true,
  scenarios: [
    prepare("beanstalkd"),
    ...conformance,
    ...containerStates,
    ...drbdStates,
    ocfTester("container", "filesystem", "ip"),
  ],
};

/** The same with the database servers, on Debian 13: other engines, Pacemaker 3, pcs 0.12. */
export const databasesStory: Story = {
  name: "databases",
  release: "13",
  engine: "docker",
  independent: true,
  scenarios: [
    prepare("postgres", "redis", "mariadb"),
    ...conformance,
    ...databaseStates,
    ...tlsStates,
    ocfTester("postgres", "redis", "mysql"),
  ],
};
