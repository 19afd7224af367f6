import { readFileSync } from "node:fs";

/** Mounts that docker was asked for, as "SOURCE:TARGET", with ":ro" where it applies. */
export function bindsOf(body: Record<string, unknown>): readonly string[] {
  const host = body["HostConfig"];
  const mounts = typeof host === "object" && host !== null && "Mounts" in host ? host.Mounts : [];
  return Array.isArray(mounts)
    ? mounts.map(({ Source, Target, ReadOnly }) => `${Source}:${Target}${ReadOnly ? ":ro" : ""}`)
    : [];
}

/** Content of the file on the host that the container finds at `target`. */
export function mounted(body: Record<string, unknown>, target: string): string {
  const bind = bindsOf(body).find((candidate) => candidate.includes(`:${target}`)) ?? "";
  return readFileSync(bind.split(":")[0] ?? "", "utf8");
}
