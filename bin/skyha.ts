#!/usr/bin/env bun
import { main } from "./main.ts";

process.exitCode = await main(process.argv0, process.argv.slice(2), process.env);
