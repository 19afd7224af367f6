import { expect, test } from "bun:test";
import { createFakeHost, type Scripted } from "../hosts/fake.ts";
import { ask, askDaemon, outputOrUndefined } from "./ask.ts";

const CIB = ["cibadmin", "--query"] as const;
const host = (answer: Omit<Scripted, "argv">) => createFakeHost("db1", [{ argv: CIB, ...answer }]);
const quick = { tries: 3, pauseMs: 1 };

test("no answer in time is not the answer that there is none", async () => {
  const late = host({ code: 124, timedOut: true });
  await expect(ask(late, CIB)).rejects.toThrow("db1: cibadmin --query did not end in time");
  await expect(outputOrUndefined(late, CIB)).rejects.toThrow("did not end in time");
  await expect(askDaemon(late, CIB, false, quick)).rejects.toThrow("did not end in time");
  await expect(outputOrUndefined(host({ code: 102 }), CIB)).resolves.toBeUndefined();
  await expect(outputOrUndefined(host({ stdout: "<cib/>" }), CIB)).resolves.toBe("<cib/>");
});

test("a cluster that does not run has no configuration; one that runs has to show it", async () => {
  const silent = host({ code: 102, stderr: "could not connect" });
  await expect(askDaemon(silent, CIB, false, quick)).resolves.toBeUndefined();
  expect(silent.ran).toHaveLength(1);
  await expect(askDaemon(silent, CIB, true, quick)).rejects.toThrow("code 102: could not connect");
  expect(silent.ran).toHaveLength(4);
});

test("a daemon that is just starting is asked again", async () => {
  let asked = 0;
  const starting = host({ stdout: "<cib/>" });
  const exec: typeof starting.exec = (argv, options) =>
    ++asked < 3
      ? Promise.resolve({ code: 102, stdout: "", stderr: "", timedOut: false })
      : starting.exec(argv, options);
  await expect(askDaemon({ ...starting, exec }, CIB, true, quick)).resolves.toBe("<cib/>");
});
