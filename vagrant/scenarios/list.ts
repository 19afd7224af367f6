import type { Story } from "../kit/story.ts";
import { mainJob } from "./main-job.ts";
import { secondForm } from "./second-form.ts";
import { switchOver } from "./switch-over.ts";

/** The stories of `npm test`, in the order they run. */
export const stories: readonly Story[] = [mainJob];

/** Those that only `npm run test:long` adds. */
export const longStories: readonly Story[] = [switchOver, secondForm];
