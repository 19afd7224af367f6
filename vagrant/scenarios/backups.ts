import type { Story } from "../kit/story.ts";
import { backsUpByTimer, backsUpEverything, restoresBackups, testsBackups } from "./backup.ts";
import { installFromWords } from "./install.ts";

/** A pair whose data are lost by mistake, and come back. */
export const backups: Story = {
  name: "backups",
  release: "12",
  engine: "docker",
  arbiter: true,
  scenarios: [installFromWords, backsUpEverything, testsBackups, restoresBackups, backsUpByTimer],
};
