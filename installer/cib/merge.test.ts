import { expect, test } from "bun:test";
import { mergeNode } from "./merge.ts";
import { element, parseXml, serializeXml } from "./xml.ts";

const nv = (id: string, value: string) => element("nvpair", { id, name: id, value });
const group = (...ids: string[]) =>
  element(
    "group",
    { id: "g" },
    ids.map((id) => element("primitive", { id })),
  );

test("what is already there yields the same node, whatever else was added by hand", () => {
  const existing = element("meta_attributes", { id: "m" }, [nv("a", "1"), nv("by-hand", "x")]);
  expect(mergeNode(existing, element("meta_attributes", { id: "m" }, [nv("a", "1")]))).toBe(existing);
});

test("a changed value is replaced, an addition of an operator stays", () => {
  const existing = element("meta_attributes", { id: "m" }, [nv("a", "1"), nv("by-hand", "x")]);
  const merged = mergeNode(existing, element("meta_attributes", { id: "m" }, [nv("a", "2")]));
  expect(merged.children).toEqual([nv("a", "2"), nv("by-hand", "x")]);
});

test("a group that is there keeps the order of its members, or they would be restarted; new ones come last", () => {
  expect(mergeNode(group("own", "b", "a"), group("a", "b", "c"))).toEqual(group("own", "b", "a", "c"));
  const ordered = group("b", "own", "a");
  expect(mergeNode(ordered, group("a", "b"))).toBe(ordered);
});

test("a changed member of a group keeps its place", () => {
  const member = (id: string, type: string) => element("primitive", { id, type });
  const existing = element("group", { id: "g" }, [member("a", "x"), member("own", "x"), member("b", "x")]);
  const wanted = element("group", { id: "g" }, [member("b", "y"), member("a", "x")]);
  expect(mergeNode(existing, wanted).children).toEqual([
    member("a", "x"),
    member("own", "x"),
    member("b", "y"),
  ]);
});

test("elsewhere the wanted order counts, and foreign elements come after", () => {
  const set = (...ids: string[]) =>
    element(
      "constraints",
      {},
      ids.map((id) => element("rsc_order", { id })),
    );
  expect(mergeNode(set("own", "b", "a"), set("a", "b"))).toEqual(set("a", "b", "own"));
});

test("an element of the same id and another name is another element", () => {
  const merged = mergeNode(
    element("resources", {}, [element("primitive", { id: "x" })]),
    element("resources", {}, [element("clone", { id: "x" })]),
  );
  expect(merged.children.map((item) => item.name)).toEqual(["clone", "primitive"]);
});

test("XML survives a round trip, hostile values included", () => {
  const node = element("nvpair", { id: "x", value: `<&>"'\n\t漢 &amp;` });
  expect(parseXml(serializeXml(node))).toEqual(node);
});

test.each(["", "not xml", "<a/><b/>", "   "])("%j is not an element", (text) => {
  expect(() => parseXml(text)).toThrow();
});
