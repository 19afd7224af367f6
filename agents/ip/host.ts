import { networkInterfaces } from "node:os";
import type { Argv } from "../../core/host.ts";

/** What the agent touches besides the toolkit's System; tests give their own. */
export interface IpHost {
  /** IPv4 addresses of interfaces that are up and have a link, straight from the kernel. */
  addresses(): readonly { readonly nic: string; readonly ip: string }[];
  /** Starts a program that outlives this process. Returns why it could not be started. */
  launch(argv: Argv, env: NodeJS.ProcessEnv): Promise<string | undefined>;
}

export const realHost: IpHost = {
  addresses: () =>
    Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
      infos
        .filter(({ family }) => family === "IPv4")
        // An address with a label is listed under "NIC:LABEL".
        .map(({ address }) => ({ nic: name.replace(/:.*$/, ""), ip: address })),
    ),
  launch: async ([program, ...args], env) => {
    const { spawn } = await import("node:child_process");
    return new Promise((resolve) => {
      // A group of its own, because Pacemaker may end the agent's; no streams, because it waits until they close.
      const child = spawn(program, args, { detached: true, stdio: "ignore", env });
      child.once("spawn", () => resolve(undefined));
      child.once("error", (error) => resolve(error.message));
      child.unref();
    });
  },
};
