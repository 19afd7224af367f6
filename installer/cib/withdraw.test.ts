import { expect, test } from "bun:test";
import { graveOf } from "../install.ts";
import { changesOf, makePlan } from "../plan/plan.ts";
import { STEPS } from "../steps/list.ts";
import { bareHost, pairFacts, testConfig } from "../testing/facts.ts";
import { mergeNode } from "./merge.ts";
import { type CibContext, wantedConfiguration } from "./wanted.ts";
import { setAside, unwantedResources, unwantedServices, withdraw } from "./withdraw.ts";
import { element, serializeXml, type XmlNode } from "./xml.ts";

const context: CibContext = {
  vipPrefix: 24,
  roleNames: { Promoted: "Promoted", Unpromoted: "Unpromoted" },
  nfsClients: "10.0.0.0/24",
  has: () => true,
};
const less = wantedConfiguration(testConfig(), context);
const more = wantedConfiguration(testConfig("mariadb_image=mariadb:11"), context);

const change = (root: XmlNode, name: string, map: (node: XmlNode) => XmlNode): XmlNode =>
  root.attributes["id"] === name || root.name === name
    ? map(root)
    : { ...root, children: root.children.map((item) => change(item, name, map)) };
const text = (node: XmlNode) => serializeXml(node);
const members = (node: XmlNode) =>
  [...text(node).matchAll(/^ {6}<primitive id="([\w-]+)"/gm)].map((match) => match[1]);
const place = element("rsc_location", { id: "by-hand", rsc: "mariadb", node: "db1", score: "10" });
const byHand = change(more, "constraints", (node) => ({ ...node, children: [...node.children, place] }));

test("a service that was ours and is not wanted any more is found; what skyha never wrote is not", () => {
  expect(unwantedServices(more, more, less)).toEqual(["mariadb"]);
  expect(unwantedServices(more, less, less)).toEqual([]);
  expect(unwantedServices(less, more, less)).toEqual([]);
  expect(unwantedServices(more, more, more)).toEqual([]);
});

test("nothing to withdraw gives the very same node", () => {
  expect(withdraw(more, more, more)).toBe(more);
  expect(withdraw(more, element("configuration", {}), less)).toBe(more);
  expect(withdraw(less, more, less)).toBe(less);
});

test("what is withdrawn leaves the configuration as if it had never been asked for", () => {
  expect(withdraw(more, more, less)).toEqual(less);
  expect(text(mergeNode(withdraw(more, more, less), less))).toBe(text(less));
});

test("set aside: out of the group, to be stopped, before the volume goes; all others stay as they are", () => {
  const aside = setAside(more, ["mariadb"]);
  expect(members(aside)).toEqual(members(less));
  expect(text(aside)).toMatch(/^ {4}<primitive id="mariadb"/m);
  expect(text(aside)).toMatch(/name="target-role" value="Stopped"/);
  expect(text(aside)).toContain('first="skyfs" then="mariadb" kind="Mandatory"');
  // Its own time-outs are what it is stopped with.
  expect(text(aside)).toMatch(/<op id="mariadb-stop-interval-0s" name="stop"/);
  expect(text(setAside(aside, ["mariadb"]))).toBe(text(aside));
});

test("set aside, whatever role was asked for by hand before", () => {
  const role = element("nvpair", { id: "x", name: "target-role", value: "Started" });
  const keep = element("nvpair", { id: "y", name: "resource-stickiness", value: "7" });
  const asked = change(more, "mariadb", (node) => ({
    ...node,
    children: [...node.children, element("meta_attributes", { id: "m" }, [role, keep])],
  }));
  const aside = text(setAside(asked, ["mariadb"]));
  expect(aside).not.toContain('value="Started"');
  expect(aside).toContain('name="resource-stickiness" value="7"');
  expect(aside.match(/name="target-role"/g)).toHaveLength(1);
});

test("an installation that ended between setting aside and withdrawing goes on", () => {
  const aside = setAside(byHand, ["mariadb"]);
  expect(unwantedServices(aside, more, less)).toEqual(["mariadb"]);
  expect(withdraw(aside, more, less)).toEqual(less);
});

test("constraints made by hand that name it go with it, others stay", () => {
  const ref = (id: string) => element("resource_ref", { id });
  const set = (...ids: string[]) =>
    element("rsc_order", { id: "sets" }, [element("resource_set", { id: "s" }, ids.map(ref))]);
  const other = element("rsc_location", { id: "other", rsc: "redis", node: "db1", score: "10" });
  const all = change(byHand, "constraints", (node) => ({
    ...node,
    children: [...node.children, other, set("mariadb", "redis")],
  }));
  const left = text(withdraw(all, more, less));
  expect(left).not.toContain("mariadb");
  expect(left).toContain('id="other"');
  expect(left).toContain('<resource_ref id="redis"/>');
  const only = change(more, "constraints", (node) => ({ ...node, children: [set("mariadb")] }));
  expect(text(withdraw(only, more, less))).not.toContain("sets");
});

test("a parameter that is not wanted any more goes, unless somebody gave it another value", () => {
  const pair = (value: string) =>
    element("nvpair", { id: "redis-instance_attributes-old", name: "old", value });
  const withOld = (value: string) =>
    change(less, "redis-instance_attributes", (node) => ({
      ...node,
      children: [...node.children, pair(value)],
    }));
  expect(withdraw(withOld("1"), withOld("1"), less)).toEqual(less);
  expect(withdraw(withOld("2"), withOld("1"), less)).toEqual(withOld("2"));
});

test("a fence device of another name is replaced without being stopped first", () => {
  const renamed = change(less, "fence-db1", (node) => ({
    ...node,
    attributes: { ...node.attributes, id: "fence-old" },
  }));
  expect(unwantedResources(renamed, renamed, less)).toEqual(["fence-old"]);
  expect(unwantedServices(renamed, renamed, less)).toEqual([]);
  expect(text(withdraw(renamed, renamed, less))).not.toContain("fence-old");
});

test("sections of the configuration stay, whatever was recorded", () => {
  const nodes = element("nodes", {}, [element("node", { id: "1", uname: "db1" })]);
  const withNodes = (node: XmlNode) => ({ ...node, children: [...node.children, nodes] });
  const sections = element(
    "configuration",
    {},
    ["crm_config", "nodes", "resources", "constraints"].map((name) => element(name, {})),
  );
  expect(withdraw(withNodes(more), sections, more)).toEqual(withNodes(more));
  expect(withdraw(withNodes(more), withNodes(more), less).children.at(-1)?.name).toBe("nodes");
});

const running = (applied: XmlNode | undefined) => {
  const known: Record<string, string> =
    applied === undefined ? {} : { "/var/lib/skyha/applied.xml": text(applied) };
  const nodes = element("nodes", {}, [element("node", { id: "1", uname: "db1" })]);
  const cib = text(element("cib", {}, [{ ...more, children: [...more.children, nodes] }]));
  return pairFacts(bareHost("db1", { cib, known }), bareHost("db2", { cib, known }));
};
const planned = (applied: XmlNode | undefined) =>
  changesOf(makePlan(STEPS, testConfig(), running(applied))).filter(({ step }) => step === "resources");

test("install stops a service that the file names no longer, removes it, and remembers what is left", () => {
  const changes = planned(more);
  expect(changes.map(({ id, risk }) => [id, risk])).toEqual([
    ["resources/cluster/stop-unwanted", "interrupts"],
    ["resources/cluster/cib", "safe"],
    ["resources/db1/var/lib/skyha/applied.xml", "safe"],
    ["resources/db2/var/lib/skyha/applied.xml", "safe"],
  ]);
  expect(changes[0]?.title).toContain("stop mariadb");
  expect(changes[1]?.preview.join("\n")).toMatch(/^-.*<primitive id="mariadb"/m);
});

test("what interrupts a service has to be confirmed where something serves, and only there", () => {
  const facts = running(more);
  const plan = makePlan(STEPS, testConfig(), facts);
  const titles = (hosts: typeof facts.hosts) => graveOf(plan, { hosts }).map(({ id }) => id);
  const [first, second] = facts.hosts;
  expect(titles([{ ...first, mounted: true }, second])).toEqual(["resources/cluster/stop-unwanted"]);
  expect(titles([first, second])).toEqual([]);
});

test("a pair on which nothing is remembered loses nothing", () => {
  expect(planned(undefined).map(({ id }) => id)).toEqual([
    "resources/db1/var/lib/skyha/applied.xml",
    "resources/db2/var/lib/skyha/applied.xml",
  ]);
});

test("a record that a power cut has torn is none", () => {
  const known = { "/var/lib/skyha/applied.xml": "<configuration><res" };
  const cib = text(element("cib", {}, [more]));
  const facts = pairFacts(bareHost("db1", { cib, known }), bareHost("db2", { cib, known }));
  const changes = changesOf(makePlan(STEPS, testConfig(), facts)).filter(({ step }) => step === "resources");
  expect(changes.map(({ host }) => host)).toEqual(["db1", "db2"]);
});
