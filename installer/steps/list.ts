import type { Step } from "../plan/plan.ts";
import { buildCluster, joinCluster } from "./corosync.ts";
import { buildDrbd } from "./drbd.ts";
import { testFencing } from "./fence-test.ts";
import { makeFilesystem } from "./filesystem.ts";
import { handOver } from "./handover.ts";
import { loadImages } from "./images.ts";
import { exchangeKeys } from "./keys.ts";
import { writeHostNames } from "./names.ts";
import { installPackages } from "./packages.ts";
import { authorizePcs } from "./pcs.ts";
import { uploadProgram } from "./program.ts";
import { rememberHost } from "./remember.ts";
import { pushResources, waitForServices } from "./resources.ts";
import { sealDatabases } from "./seal.ts";
import { writeSettings } from "./settings.ts";
import { prepareStorage } from "./storage.ts";

/**
 * The table of contents of `skyha install`. Before it: connect, gather facts, preflight. After it: a look from
 * outside. A step starts when those it names in `after` are done.
 */
export const STEPS: readonly Step[] = [
  rememberHost,
  installPackages,
  writeHostNames,
  writeSettings,
  exchangeKeys,
  uploadProgram,
  handOver,
  loadImages,
  buildCluster,
  authorizePcs,
  prepareStorage,
  buildDrbd,
  joinCluster,
  makeFilesystem,
  pushResources,
  waitForServices,
  sealDatabases,
  testFencing,
];
