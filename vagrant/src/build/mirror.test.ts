import { expect, test } from "bun:test";
import { chooseMirror, parseTargets } from "./mirror.ts";

const TARGETS = `http://mirror.example/debian-security/|bookworm-security|main|Debian
http://vendor.example/linux/|bookworm|stable|Vendor
http://vendor.example/apt/|bookworm|main|Vendor
http://mirror.example/debian/|bookworm|main|Debian
http://mirror.example/debian/|bookworm-updates|main|Debian
`;

test("the machine's Debian archive is found among vendors' and partial ones", () => {
  expect(chooseMirror(parseTargets(TARGETS), "bookworm")).toBe("http://mirror.example/debian");
});

test("without apt lists nobody says he is Debian; the first archive of the release is taken", () => {
  const bare = "http://mirror.example/debian/|bookworm|main|\nhttp://other.example/debian/|bookworm|main|\n";
  expect(chooseMirror(parseTargets(bare), "bookworm")).toBe("http://mirror.example/debian");
  expect(chooseMirror(parseTargets(bare), "trixie")).toBeUndefined();
});
