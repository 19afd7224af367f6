import type { Story } from "../kit/story.ts";
import { agentsStory, databasesStory } from "./agents/story.ts";
import { backups } from "./backups.ts";
import { incidents } from "./incidents.ts";
import { mainJob } from "./main-job.ts";
import { resetStory } from "./reset.ts";
import { secondForm } from "./second-form.ts";
import { withPcs } from "./with-pcs.ts";

/** The stories of `npm test`, in the order they run. */
export const stories: readonly Story[] = [mainJob, secondForm, agentsStory];

/** Those that only `npm run test:long` adds. */
export const longStories: readonly Story[] = [databasesStory, withPcs, incidents, resetStory, backups];
