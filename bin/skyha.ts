#!/usr/bin/env bun
import { main } from "./main.ts";

// Not `process.exitCode`: an agent has to end in time even while a file-system call of its hangs.
process.exit(await main(process.argv0, process.argv.slice(2), process.env));
