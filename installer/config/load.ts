import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { Exit } from "../../core/exit.ts";
import { type Report, report, SkyhaError, usageError } from "../../core/report.ts";
import { checkConfig, type Issue } from "./check.ts";
import type { Config } from "./schema.ts";

/** Reads and validates a skyha.yaml. @throws SkyhaError naming line and column, exit code 2 */
export function loadConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw usageError("config.no-file", { path, why: systemMessage(error) });
  }
  return withAbsoluteFiles(parseConfig(text, path), dirname(resolve(path)));
}

/** @param path how the text is called in error messages. */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const reports = document.errors.map((error) =>
      yamlReport(path, lines, error.pos[0], firstLine(error.message)),
    );
    throw new SkyhaError(reports, Exit.usage);
  }
  const checked = checkConfig(contentOf(document, path));
  if ("config" in checked) return checked.config;
  const reports = checked.issues.map((issue) =>
    yamlReport(path, lines, offsetOf(document, issue.path), `${keyText(issue.path)} ${issue.message}`.trim()),
  );
  throw new SkyhaError(reports, Exit.usage);
}

/** @throws SkyhaError for aliases that multiply into more than a configuration can be */
function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) throw yamlError(path, error.message);
    throw error;
  }
}

function yamlError(path: string, message: string): SkyhaError {
  return usageError("config.yaml", { path, line: 1, column: 1, message });
}

/** Files named in the configuration are relative to it, as people expect of a configuration file. */
export function withAbsoluteFiles(config: Config, base: string): Config {
  const absolute = (file: string) => resolve(base, file.replace(/^~(?=\/)/, homedir()));
  const copy = structuredClone(config);
  if (copy.ssh.identity_file !== undefined) copy.ssh.identity_file = absolute(copy.ssh.identity_file);
  if (copy.ssh.known_hosts !== undefined) copy.ssh.known_hosts = absolute(copy.ssh.known_hosts);
  copy.images = copy.images.map(absolute);
  for (const host of copy.hosts)
    if (host.fence) host.fence.password_file = absolute(host.fence.password_file);
  const { containers: _others, beanstalkd: _none, ...servers } = copy.services;
  for (const server of Object.values(servers))
    if (server?.password_file !== undefined) server.password_file = absolute(server.password_file);
  return copy;
}

function yamlReport(path: string, lines: LineCounter, offset: number, message: string): Report {
  const { line, col } = lines.linePos(offset);
  return report("config.yaml", { path, line: Math.max(line, 1), column: Math.max(col, 1), message });
}

/** Where the value is; of a missing key: where the nearest thing that does exist around it is. */
function offsetOf(document: Document, path: Issue["path"]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyText(path: Issue["path"]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

function systemMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "permission denied";
  return error.message;
}
