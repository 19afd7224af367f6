import { access } from "node:fs/promises";
import { type ContainerSpec, type Engine, ImageMissing } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ContainerTable } from "./parameters.ts";

/** Creates and starts the container; its image may have to be loaded first, which is found out by trying. Returns its id, if known. */
export async function launch(
  context: Context<ContainerTable>,
  engine: Engine,
  spec: ContainerSpec,
): Promise<string | undefined> {
  try {
    return await engine.launch(spec);
  } catch (error) {
    if (!(error instanceof ImageMissing)) throw error;
    await loadImage(context, engine);
    return await engine.launch(spec);
  }
}

async function loadImage(context: Context<ContainerTable>, engine: Engine): Promise<void> {
  const { image, image_archive: archive } = context.parameters;
  const missing = `image ${image} is missing on this host`;
  if (!archive) {
    const hint = engine.loadCommand("ARCHIVE.tar");
    throw new OcfError(Ocf.installed, `${missing}: ${hint}, or set image_archive`);
  }
  const readable = await access(archive).then(
    () => true,
    () => false,
  );
  if (!readable) throw new OcfError(Ocf.installed, `${missing}, and so is its archive ${archive}`);
  context.log.info(`${missing}: loading ${archive}`);
  await engine.loadImage(archive);
  if (!(await engine.hasImage(image))) {
    throw new OcfError(Ocf.installed, `${missing}, and ${archive} does not hold it`);
  }
}
