import type { Argv, ExecResult } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { notRunning, OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { announce, endAnnouncements, refuseDuplicate } from "./announce.ts";
import type { IpHost } from "./host.ts";
import { holdersOf, type Link, linkProblem, type Place, parseLinks, placeFor } from "./links.ts";
import type { IpTable } from "./parameters.ts";

export async function monitorIp(context: Context<IpTable>, host: IpHost): Promise<Outcome> {
  const { environment, parameters } = context;
  if (environment.checkLevel === 0 && isServed(context, host)) return success;
  const links = await askLinks(context);
  const holders = holdersOf(links, parameters.ip);
  if (holders.length > 0) return judge(context, holders);
  if (environment.isProbe) return notRunning;
  return { code: Ocf.notRunning, reason: `no interface of this host has ${parameters.ip}` };
}

/** The kernel's own word, without a program: enough while all is well. */
function isServed({ parameters: { ip, nic } }: Context<IpTable>, host: IpHost): boolean {
  return host.addresses().some((own) => own.ip === ip && (nic === undefined || own.nic === nic));
}

/** An address that is there, at the right place or not. */
function judge({ parameters: { ip, nic } }: Context<IpTable>, holders: readonly Link[]): Outcome {
  const link = holders.find(({ name }) => nic === undefined || name === nic);
  if (!link) return failed(`${ip} is on ${holders.map(({ name }) => name).join(", ")}, not on ${nic}`);
  const problem = linkProblem(link);
  return problem === undefined ? success : failed(`${ip} is on this host, but ${problem}`);
}

export async function startIp(context: Context<IpTable>, host: IpHost): Promise<Outcome> {
  const { ip, nic, prefix, check_duplicate } = context.parameters;
  const links = await askLinks(context, Ocf.installed);
  const holders = holdersOf(links, ip);
  if (holders.length > 0) return judge(context, holders);
  const place = placeFor({ ip, nic, prefix }, links);
  if (typeof place === "string") return { code: Ocf.installed, reason: place };
  // An interface without a link serves nobody: another host may do better.
  const problem = links.filter(({ name }) => name === place.nic).map(linkProblem)[0];
  if (problem !== undefined) return failed(`${ip} was not added: ${problem}`);
  if (check_duplicate) await refuseDuplicate(context, place);
  const added = await ipTool(context, ["ip", "addr", "add", addressText(ip, place), "dev", place.nic]);
  const now = holdersOf(await askLinks(context), ip);
  // "File exists" of a start that ran at the same time is fine: what counts is that it is there.
  if (now.length === 0) return failed(`${ip} cannot be added to ${place.nic}: ${wordsOf(added)}`);
  const outcome = judge(context, now);
  if (outcome.code !== Ocf.success) return outcome;
  await announce(context, host, place);
  context.log.info(`${addressText(ip, place)} added to ${place.nic}`);
  return success;
}

export async function stopIp(context: Context<IpTable>): Promise<Outcome> {
  const { log, problems, parameters } = context;
  for (const problem of problems) log.warn(`stopping all the same: ${problem.text}`);
  if (problems.some(({ parameter }) => parameter === "ip")) {
    log.info(`${context.instance} was never started on this host with these parameters`);
    return success;
  }
  endAnnouncements(context);
  const { ip } = parameters;
  const places = placesOf(await askLinks(context), ip);
  if (places.length === 0) return success;
  let said = "";
  for (const place of places) {
    const removed = await ipTool(context, ["ip", "addr", "del", addressText(ip, place), "dev", place.nic]);
    if (removed.code !== 0) said = `: ${wordsOf(removed)}`;
  }
  const left = placesOf(await askLinks(context), ip);
  if (left.length > 0) return failed(`${ip} is still on ${left.map(({ nic }) => nic).join(", ")}${said}`);
  log.info(`${ip} removed from ${places.map(({ nic }) => nic).join(", ")}`);
  return success;
}

/** What validate-all finds missing on this host at level 10. */
export async function checkHost(context: Context<IpTable>): Promise<Outcome> {
  const { ip, nic, prefix } = context.parameters;
  const place = placeFor({ ip, nic, prefix }, await askLinks(context, Ocf.installed));
  return typeof place === "string" ? { code: Ocf.installed, reason: place } : success;
}

function placesOf(links: readonly Link[], ip: string): readonly Place[] {
  return links.flatMap(({ name, addresses }) =>
    addresses.filter((own) => own.ip === ip).map(({ prefix }) => ({ nic: name, prefix })),
  );
}

/** @throws OcfError when the tool does not answer: that is no proof of anything, so never "not running". */
async function askLinks(
  context: Context<IpTable>,
  whenMissing: OcfError["code"] = Ocf.generic,
): Promise<readonly Link[]> {
  const result = await ipTool(context, ["ip", "-j", "addr", "show"], whenMissing);
  if (result.code !== 0) throw new OcfError(Ocf.generic, `ip -j addr show failed: ${wordsOf(result)}`);
  try {
    return parseLinks(result.stdout);
  } catch (error) {
    throw new OcfError(Ocf.generic, messageOf(error));
  }
}

async function ipTool(
  context: Context<IpTable>,
  argv: Argv,
  whenMissing: OcfError["code"] = Ocf.generic,
): Promise<ExecResult> {
  try {
    return await context.run(argv);
  } catch (error) {
    if (error instanceof TimeLimitError) throw error;
    const why = messageOf(error);
    throw new OcfError(whenMissing, `ip cannot be run on this host (package iproute2): ${why}`);
  }
}

function addressText(ip: string, { prefix }: Place): string {
  return `${ip}/${prefix}`;
}

function wordsOf({ stdout, stderr, code }: ExecResult): string {
  return (stderr.trim() || stdout.trim()).slice(0, 300) || `code ${code}`;
}

function failed(reason: string): Outcome {
  return { code: Ocf.generic, reason };
}
