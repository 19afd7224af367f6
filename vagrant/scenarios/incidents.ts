import type { Story } from "../kit/story.ts";
import { settlesForTheOtherCopy } from "./brain.ts";
import { drills } from "./drill.ts";
import { remembersRecovery, tellsGrowth } from "./history.ts";
import { installFromWords } from "./install.ts";
import { maintenanceEnds } from "./maintenance.ts";
import { bothLosePower } from "./power-cut.ts";
import { namesWhatFirewallDrops } from "./preflight.ts";
import { recoversRare } from "./recover.ts";
import { switchGoesBack } from "./switch.ts";

/** What happens at night and is not in the main job. */
export const incidents: Story = {
  name: "incidents",
  release: "12",
  engine: "docker",
  arbiter: true,
  scenarios: [
    installFromWords,
    remembersRecovery,
    tellsGrowth,
    ...recoversRare,
    namesWhatFirewallDrops,
    switchGoesBack,
    maintenanceEnds,
    ...drills,
    settlesForTheOtherCopy,
    bothLosePower,
  ],
};
