import type { Story } from "../kit/story.ts";
import { mainJob } from "./main-job.ts";
import { secondForm } from "./second-form.ts";

/** Every story of `npm test`, in the order they run. */
export const stories: readonly Story[] = [mainJob, secondForm];
