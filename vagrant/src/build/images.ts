import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { LabError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import { run } from "../run.ts";
import { bootstrap } from "./bootstrap.ts";
import { type Artefact, obtain, type Workshop } from "./cache.ts";
import { writeDockerArchive } from "./docker-archive.ts";

const RECIPES = join(import.meta.dirname, "../../../fixtures/images");

/** What `lab up` has ready; the others are built when asked for. */
const STANDARD_IMAGES = ["postgres", "redis", "beanstalkd"] as const;

const recipeSchema = z.strictObject({
  name: z.string(),
  suite: z.string(),
  packages: z.array(z.string()),
  /** Globs below the root. */
  leaveOut: z.array(z.string()).default([]),
  user: z.strictObject({ name: z.string(), uid: z.int(), home: z.string() }),
  directories: z.array(z.strictObject({ path: z.string(), owner: z.int(), mode: z.string() })),
  config: z.record(z.string(), z.unknown()),
});
type Recipe = z.infer<typeof recipeSchema>;

export function imageNames(): string[] {
  return readdirSync(RECIPES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** Path of the image's docker-archive, built when the cache has none. */
export async function obtainImage(ledger: Ledger, name: string): Promise<string> {
  return join(await obtain(ledger, image(name)), `${name}.tar`);
}

/** Archives by short name. One after the other: the guest root, which everything waits for, is built meanwhile. */
export async function standardImages(ledger: Ledger): Promise<Record<string, string>> {
  const archives: Record<string, string> = {};
  for (const name of STANDARD_IMAGES) archives[name] = await obtainImage(ledger, name);
  return archives;
}

function image(name: string): Artefact {
  const folder = join(RECIPES, name);
  if (!existsSync(join(folder, "image.yaml"))) {
    throw new LabError(`there is no image "${name}"`, `there are: ${imageNames().join(", ")}`);
  }
  const recipe = recipeSchema.parse(parse(readFileSync(join(folder, "image.yaml"), "utf8")));
  const entryPoint = readFileSync(join(folder, "docker-entrypoint.sh"), "utf8");
  return {
    name: `image-${name}`,
    recipe: { version: 3, recipe, entryPoint, LEFT_OUT },
    build: async (workshop) => {
      const root = join(workshop.directory, "root");
      await fillRoot(workshop, recipe, root);
      copyFileSync(join(folder, "docker-entrypoint.sh"), join(root, "usr/local/bin/docker-entrypoint.sh"));
      chmodSync(join(root, "usr/local/bin/docker-entrypoint.sh"), 0o755);
      const layer = join(workshop.directory, "layer.tar");
      const sameEachTime = ["--sort=name", "--mtime=@0", "--numeric-owner", "--xattrs-include="];
      await run(["tar", ...sameEachTime, "-C", root, "-cf", layer, "."]);
      const target = join(workshop.directory, `${name}.tar`);
      await writeDockerArchive({ name: recipe.name, config: recipe.config, layer, target });
      rmSync(root, { recursive: true });
      rmSync(layer);
    },
  };
}

/** Nobody installs packages, reads or logs in inside these images. */
const LEFT_OUT = [
  ..."var/lib/dpkg var/lib/apt var/cache usr/share/doc usr/share/man usr/share/info usr/share/locale".split(
    " ",
  ),
  ..."usr/share/bash-completion usr/share/lintian usr/share/bug usr/share/common-licenses".split(" "),
  ..."etc/init.d etc/cron* etc/logrotate.d lib/systemd usr/lib/systemd usr/lib/udev lib/udev".split(" "),
  ..."usr/lib/*/gconv usr/share/i18n usr/lib/*/perl-base usr/bin/apt* usr/lib/apt".split(" "),
  ..."usr/share/perl usr/share/perl5 usr/lib/*/perl usr/lib/*/libperl* usr/bin/perl* usr/bin/openssl".split(
    " ",
  ),
];

/** Packages unpacked but not configured, so what a maintainer script would have made is made here. */
async function fillRoot(workshop: Workshop, recipe: Recipe, root: string): Promise<void> {
  const { suite, packages, user } = recipe;
  await bootstrap(workshop, { suite, variant: "extract", packages, target: root });
  const unwanted = [...LEFT_OUT, ...recipe.leaveOut];
  for (const path of globSync(unwanted, { cwd: root }))
    rmSync(join(root, path), { recursive: true, force: true });
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    // Newer releases leave these links to a package that an image has no use for.
    if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const name of ["etc", "tmp", "proc", "sys", "dev", "run", "usr/local/bin", "var/lib"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  chmodSync(join(root, "tmp"), 0o1777);
  const people = [
    ["root", 0, "/root"],
    [user.name, user.uid, user.home],
    ["nobody", 65534, "/nonexistent"],
  ] as const;
  const passwd = people.map(([name, id, home]) => `${name}:x:${id}:${id}::${home}:/bin/sh\n`).join("");
  writeFileSync(join(root, "etc/passwd"), passwd);
  writeFileSync(join(root, "etc/group"), people.map(([name, id]) => `${name}:x:${id}:\n`).join(""));
  writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
  for (const { path, owner, mode } of recipe.directories) {
    const directory = join(root, path);
    mkdirSync(directory, { recursive: true });
    chownSync(directory, owner, owner);
    chmodSync(directory, Number.parseInt(mode, 8));
  }
}
