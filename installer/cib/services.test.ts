import { expect, test } from "bun:test";
import { testConfig } from "../testing/facts.ts";
import { containerSpecs } from "./services.ts";

const monitors = (engine: string) =>
  containerSpecs(testConfig(`engine=${engine}`)).map(
    ({ operations }) => operations.find(({ name }) => name === "monitor")?.interval,
  );

test("every service is watched, whatever a look costs the engine", () => {
  expect(monitors("docker")).toEqual([10, 10, 10]);
  expect(monitors("podman")).toEqual([10, 10, 10]);
});

test("databases come with an agent of their own, data on the volume, and no secret in their parameters", () => {
  const specs = containerSpecs(testConfig());
  expect(specs.map(({ agent }) => agent)).toEqual([
    "ocf:skyha:postgres",
    "ocf:skyha:redis",
    "ocf:skyha:container",
  ]);
  for (const { parameters } of specs) {
    expect(parameters["mount_check"]).toBe("/drbd");
    expect(JSON.stringify(parameters)).not.toContain("requirepass");
  }
});
