/** Writes what is generated from the schema: `bun installer/config/update.ts`, then look at the diff. */
import { writeFileSync } from "node:fs";
import { configPage } from "./pages.ts";

writeFileSync("docs/config.md", configPage());
