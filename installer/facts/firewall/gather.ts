import type { Argv, Host } from "../../../core/host.ts";
import { messageOf } from "../../../core/message.ts";
import { LOOK_LIMIT_MS } from "../ask.ts";
import { isOfNftables, parseIptablesSave } from "./iptables.ts";
import { parseNft } from "./nft.ts";
import type { Ruleset } from "./rules.ts";

/** The packet filter of a host. */
export interface FirewallFacts {
  /** Whose commands change it so that the change stays; undefined: nobody's that skyha knows. */
  readonly manager: "firewalld" | "ufw" | undefined;
  readonly rulesets: readonly Ruleset[];
  /** Why there may be more rules than these; undefined: these are all. */
  readonly unread: string | undefined;
}

/** What a program printed; `missing`: it is not installed. */
type Answer =
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly why: string };

const NOT_FOUND = 127;
const LEGACY_TABLES = "/proc/net/ip_tables_names";

/** Reads only; what does not answer makes the answer "unread" and never "there are none". */
export async function gatherFirewall(host: Host): Promise<FirewallFacts> {
  const [nft, iptables, firewalld, ufw, legacy] = await Promise.all([
    look(host, ["nft", "-j", "list", "ruleset"]),
    look(host, ["iptables-save"]),
    look(host, ["firewall-cmd", "--state"]),
    host.read("/etc/ufw/ufw.conf"),
    host.read(LEGACY_TABLES),
  ]);
  const isFirewalld = firewalld.kind === "printed";
  const rulesets: Ruleset[] = [];
  const unread: string[] = [];
  const read = (what: string, answer: Answer, parse: (text: string) => Ruleset) => {
    if (answer.kind === "failed") unread.push(`${what}: ${answer.why}`);
    if (answer.kind !== "printed") return;
    try {
      rulesets.push(parse(answer.text));
    } catch (error) {
      unread.push(`${what}: ${messageOf(error).slice(0, 200)}`);
    }
  };
  const listsNftables = iptables.kind === "printed" && isOfNftables(iptables.text);
  read("nft", nft, (text) => parseNft(text, { withIptables: !listsNftables }));
  read("iptables-save", iptables, parseIptablesSave);
  // An empty listing does not say which iptables it is of; the kernel says that there are tables of the old one.
  const isLegacy = iptables.kind === "printed" && !listsNftables && iptables.text.trim() !== "";
  if ((legacy ?? "").trim() !== "" && !isLegacy) {
    const old = await look(host, ["iptables-legacy-save"]);
    read("iptables-legacy-save", old, parseIptablesSave);
    if (old.kind === "missing")
      unread.push(`${LEGACY_TABLES} is not empty, and there is no iptables-legacy-save`);
  }
  // Rules come from programs: without nft and firewalld only iptables can have written any, and it has been asked.
  const isHidden = isFirewalld || (iptables.kind !== "printed" && (await hasNftables(host)) !== false);
  if (nft.kind === "missing" && isHidden) unread.push("nft is not installed");
  return {
    manager: isFirewalld ? "firewalld" : /^ENABLED=yes/m.test(ufw ?? "") ? "ufw" : undefined,
    rulesets,
    unread: unread.length > 0 ? unread.join("; ") : undefined,
  };
}

async function look(host: Host, argv: Argv): Promise<Answer> {
  const { code, stdout, stderr, timedOut } = await host.exec(argv, { timeoutMs: LOOK_LIMIT_MS });
  if (timedOut) return { kind: "failed", why: "no answer in time" };
  if (code === NOT_FOUND) return { kind: "missing" };
  // firewall-cmd --state says 252 when the daemon does not run.
  if (code === 0) return { kind: "printed", text: stdout };
  return {
    kind: "failed",
    why: (stderr || stdout).trim().split("\n").at(-1)?.slice(0, 200) || `code ${code}`,
  };
}

/** Whether the kernel has nftables loaded; undefined: not known. */
async function hasNftables(host: Host): Promise<boolean | undefined> {
  const { code, timedOut } = await host.exec(["test", "-d", "/sys/module/nf_tables"], {
    timeoutMs: LOOK_LIMIT_MS,
  });
  if (timedOut || code > 1) return undefined;
  return code === 0;
}
