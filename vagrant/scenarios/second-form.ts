import type { Story } from "../kit/story.ts";
import {
  addsServices,
  createOperators,
  installFromHost,
  installsNothingTwiceFromYaml,
  keepsAddedServices,
  removesService,
} from "./install.ts";
import { activeLosesPower } from "./power-cut.ts";

/** The YAML form, as a user with sudo, from one of the hosts, on Debian 13 with podman. */
export const secondForm: Story = {
  name: "second-form",
  release: "13",
  engine: "podman",
  arbiter: true,
  scenarios: [
    createOperators,
    installFromHost,
    installsNothingTwiceFromYaml,
    addsServices,
    activeLosesPower,
    keepsAddedServices,
    removesService,
  ],
};
