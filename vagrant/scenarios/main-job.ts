import type { Story } from "../kit/story.ts";
import { badInputs } from "./bad-inputs.ts";
import { settlesSplitBrain } from "./brain.ts";
import { installFromWords, installsNothingTwice } from "./install.ts";
import { survivesKill, unlocks } from "./interrupt.ts";
import { activeLosesPower, passiveLosesPower } from "./power-cut.ts";
import { recovers } from "./recover.ts";
import { showsHealthyPair } from "./show.ts";
import { refusesWithoutPeer, switchesBack } from "./switch.ts";

/** The seed's command line on bare Debian 12 hosts, then what the pair is for. */
export const mainJob: Story = {
  name: "main-job",
  release: "12",
  engine: "docker",
  arbiter: true,
  scenarios: [
    ...badInputs,
    survivesKill,
    installFromWords,
    installsNothingTwice,
    showsHealthyPair,
    ...recovers,
    unlocks,
    settlesSplitBrain,
    passiveLosesPower,
    activeLosesPower,
    switchesBack,
    refusesWithoutPeer,
  ],
};
