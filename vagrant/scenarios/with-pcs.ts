import type { Story } from "../kit/story.ts";
import { installWithPcs } from "./install.ts";
import { showsHealthyPair } from "./show.ts";

/** pcs beside skyha, with Pacemaker 3 and pcs 0.12. */
export const withPcs: Story = {
  name: "with-pcs",
  release: "13",
  engine: "docker",
  arbiter: true,
  scenarios: [installWithPcs, showsHealthyPair],
};
