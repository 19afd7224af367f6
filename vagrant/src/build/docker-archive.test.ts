import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { run } from "../run.ts";
import { describeImage, tarHeader, tarPadding, writeDockerArchive } from "./docker-archive.ts";

test("a header has the ustar magic, its size in octal and a right checksum", () => {
  const header = tarHeader("manifest.json", 1234);
  expect(header.toString("latin1", 257, 265)).toBe("ustar\x0000");
  expect(Number.parseInt(header.toString("latin1", 124, 135), 8)).toBe(1234);
  const stored = Number.parseInt(header.toString("latin1", 148, 154), 8);
  const blanked = Buffer.from(header).fill(" ", 148, 156);
  expect(stored).toBe(blanked.reduce((sum, byte) => sum + byte, 0));
  expect(() => tarHeader("x".repeat(101), 0)).toThrow("too long");
});

test("padding fills the last block only", () => {
  expect([0, 1, 511, 512, 513].map((size) => tarPadding(size).length)).toEqual([0, 511, 1, 0, 511]);
});

test("the configuration is named after its own hash and names its layer's", () => {
  const { image, imageName, manifest } = describeImage("skyha-lab/x:1", { Cmd: ["x"] }, "ab".repeat(32));
  expect(imageName).toBe(`${createHash("sha256").update(image).digest("hex")}.json`);
  expect(JSON.parse(manifest)[0].RepoTags).toEqual(["skyha-lab/x:1"]);
  expect(JSON.parse(image).rootfs.diff_ids).toEqual([`sha256:${"ab".repeat(32)}`]);
});

test("tar(1) reads the archive back", async () => {
  const directory = mkdtempSync(join(tmpdir(), "archive-"));
  try {
    const layer = join(directory, "layer.tar");
    writeFileSync(layer, Buffer.alloc(10_240 + 7, 65));
    const target = join(directory, "x.tar");
    await writeDockerArchive({ name: "x:1", config: {}, layer, target });
    const out = join(directory, "out");
    mkdirSync(out);
    await run(["tar", "-xf", target, "-C", out]);
    const [entry] = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(gunzipSync(readFileSync(join(out, entry.Layers[0])))).toEqual(readFileSync(layer));
    expect(JSON.parse(readFileSync(join(out, entry.Config), "utf8")).os).toBe("linux");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
