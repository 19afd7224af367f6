import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, rmSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** The part of an OCI image configuration that a recipe chooses (Env, Entrypoint, Cmd, …). */
export type ImageConfig = Readonly<Record<string, unknown>>;

const BLOCK = 512;

/** A ustar header (POSIX.1-1988) of a regular file owned by root; the name may have up to 100 bytes. */
export function tarHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`name too long for a tar header: ${name}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, "0")}\0`, offset);
  header.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8); // owner
  octal(0, 116, 8); // group
  octal(size, 124, 12);
  octal(0, 136, 12); // modification time: the same content gives the same archive
  header.write("        ", 148); // the checksum is taken with its own field blank
  header.write("0", 156); // a regular file
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The two JSON documents of a one-layer docker-archive, and their names in it. */
export function describeImage(name: string, config: ImageConfig, layerSha: string) {
  const image = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config,
    rootfs: { type: "layers", diff_ids: [`sha256:${layerSha}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "skyha lab" }],
  });
  const imageName = `${createHash("sha256").update(image).digest("hex")}.json`;
  const layerName = `${layerSha}/layer.tar`;
  const manifest = JSON.stringify([{ Config: imageName, RepoTags: [name], Layers: [layerName] }]);
  return { image, imageName, layerName, manifest };
}

/**
 * Writes the archive that `docker load` and `podman load` take, from an uncompressed layer tar. The layer is
 * compressed inside a plain archive: podman 4.3 refuses an archive that is compressed as a whole.
 */
export async function writeDockerArchive(options: {
  readonly name: string;
  readonly config: ImageConfig;
  readonly layer: string;
  readonly target: string;
}): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(options.layer), hash);
  const { image, imageName, layerName, manifest } = describeImage(
    options.name,
    options.config,
    hash.digest("hex"),
  );
  const packed = `${options.layer}.gz`;
  await pipeline(createReadStream(options.layer), createGzip({ level: 6 }), createWriteStream(packed));
  async function* content() {
    for (const [name, text] of [
      ["manifest.json", manifest],
      [imageName, image],
    ] as const) {
      const body = Buffer.from(text);
      yield Buffer.concat([tarHeader(name, body.length), body, tarPadding(body.length)]);
    }
    const size = statSync(packed).size;
    yield tarHeader(layerName, size);
    yield* createReadStream(packed);
    yield tarPadding(size);
    yield Buffer.alloc(2 * BLOCK); // end of archive
  }
  await pipeline(Readable.from(content()), createWriteStream(options.target));
  rmSync(packed);
}
