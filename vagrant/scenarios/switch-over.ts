import type { Story } from "../kit/story.ts";
import { installFromWords } from "./install.ts";
import { refusesWithoutPeer, switchesBack } from "./switch.ts";

/** Planned moves on Debian 12; long until the fencing that docs/roadmap.md describes is understood. */
export const switchOver: Story = {
  name: "switch-over",
  release: "12",
  engine: "docker",
  arbiter: true,
  scenarios: [installFromWords, switchesBack, refusesWithoutPeer],
};
