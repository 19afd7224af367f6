import { CommandError, type Host, run } from "../../core/host.ts";
import { child, element, parseXml, serializeXml, type XmlNode } from "./xml.ts";

/** What a cluster has that has no configuration yet. */
const EMPTY_CONFIGURATION = element("configuration", {}, [
  element("crm_config", {}),
  element("nodes", {}),
  element("resources", {}),
  element("constraints", {}),
]);

/** The part of `cibadmin --query` that people configure; undefined: no cluster answers. */
export function configurationOf(cib: string | undefined): XmlNode {
  if (cib === undefined) return EMPTY_CONFIGURATION;
  const configuration = child(parseXml(cib), "configuration");
  if (configuration === undefined) throw new Error("the CIB has no configuration");
  return configuration;
}

/**
 * Changes the CIB as it is at this moment and sends only the difference; Pacemaker refuses the patch when
 * somebody changed the CIB in between, and then it is worked out again.
 */
export async function editCib(host: Host, change: (configuration: XmlNode) => XmlNode): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const text = await run(host, ["cibadmin", "--query"]);
    const cib = parseXml(text);
    const merged = change(configurationOf(text));
    const changed = {
      ...cib,
      // A patch carries the version it starts from and the one it leads to; cibadmin applies no other.
      attributes: { ...cib.attributes, epoch: String(Number(cib.attributes["epoch"]) + 1), num_updates: "0" },
      children: cib.children.map((node) => (node.name === "configuration" ? merged : node)),
    };
    const patch = await difference(host, serializeXml(cib), serializeXml(changed));
    if (patch === "") return;
    const pushed = await host.exec(["cibadmin", "--patch", "--xml-pipe"], { stdin: patch });
    if (pushed.code === 0) return;
    if (attempt === 20) throw new CommandError(host.name, ["cibadmin", "--patch"], pushed);
  }
}

/** crm_diff(8): 0 no difference, 1 difference on standard output, anything else an error. */
async function difference(host: Host, before: string, after: string): Promise<string> {
  const folder = (await run(host, ["mktemp", "-d", "/run/skyha-cib.XXXXXX"])).trim();
  try {
    await host.write(`${folder}/before.xml`, before, { mode: 0o600 });
    await host.write(`${folder}/after.xml`, after, { mode: 0o600 });
    const result = await host.exec([
      "crm_diff",
      "--original",
      `${folder}/before.xml`,
      "--new",
      `${folder}/after.xml`,
    ]);
    if (result.code === 0) return "";
    if (result.code !== 1) throw new CommandError(host.name, ["crm_diff"], result);
    return result.stdout;
  } finally {
    await host.exec(["rm", "-rf", folder]);
  }
}
