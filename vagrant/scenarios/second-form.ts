import type { Story } from "../kit/story.ts";
import { installFromHost, installsNothingTwiceFromYaml } from "./install.ts";
import { activeLosesPower } from "./power-cut.ts";
import { showsHealthyPair } from "./show.ts";

/** The YAML form, from one of the hosts, on Debian 13 with podman. */
export const secondForm: Story = {
  name: "second-form",
  release: "13",
  engine: "podman",
  arbiter: true,
  scenarios: [installFromHost, installsNothingTwiceFromYaml, showsHealthyPair, activeLosesPower],
};
