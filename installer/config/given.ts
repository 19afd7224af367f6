import { usageError } from "../../core/report.ts";
import { loadConfig, withAbsoluteFiles } from "./load.ts";
import type { Config } from "./schema.ts";
import { configFromSeed } from "./seed.ts";

/** Either a file or words, never a mixture that nobody can read back. */
export function readConfig(words: readonly string[], file: string | undefined): Config {
  if (file !== undefined && words.length > 0) throw usageError("usage.file-and-words", { file });
  if (file !== undefined) return loadConfig(file);
  return withAbsoluteFiles(configFromSeed(words), process.cwd());
}
