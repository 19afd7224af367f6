import { connect } from "node:net";
import type { PortProbe, ProbeResult } from "../../../core/verdict/facts.ts";

/** Tries one TCP connection and closes it at once. Never throws. Tests give their own. */
export type TcpProbe = (address: string, port: number, timeoutMs: number) => Promise<Omit<PortProbe, "port">>;

/**
 * Probes with the network of the machine skyha runs on, which is how clients see the pair.
 *
 * Bun says ECONNREFUSED also for an address that cannot be reached (1.4.5; Node.js keeps the two apart). A refusal
 * is the address's own answer and comes as fast the second time; asking again for an address that nobody has
 * starts a new search for it, which takes longer than we wait. So only what is refused twice is refused.
 */
export const tcpProbe: TcpProbe = async (address, port, timeoutMs) => {
  const started = performance.now();
  const first = await attempt(address, port, timeoutMs);
  const elapsed = performance.now() - started;
  const result = first === "refused" ? await attempt(address, port, timeoutMs - elapsed) : first;
  return { result, ms: Math.round(performance.now() - started) };
};

function attempt(address: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end("silent"), Math.max(timeoutMs, 0));
    socket.on("connect", () => end("open"));
    // Refused is an answer; anything else (no route, reset on the way) is none.
    socket.on("error", (error) =>
      end("code" in error && error.code === "ECONNREFUSED" ? "refused" : "silent"),
    );
  });
}
