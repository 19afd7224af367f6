import { connect } from "node:net";
import type { PortProbe, ProbeResult } from "../../../core/verdict/facts.ts";

/** Tries one TCP connection and closes it at once. Never throws. Tests give their own. */
export type TcpProbe = (address: string, port: number, timeoutMs: number) => Promise<Omit<PortProbe, "port">>;

/** Probes with the network of the machine skyha runs on, which is how clients see the pair. */
export const tcpProbe: TcpProbe = (address, port, timeoutMs) =>
  new Promise((resolve) => {
    const started = performance.now();
    const socket = connect({ host: address, port });
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ result, ms: Math.round(performance.now() - started) });
    };
    const timer = setTimeout(() => end("silent"), timeoutMs);
    socket.on("connect", () => end("open"));
    // Refused is an answer of the address itself; anything else (no route, reset on the way) is none.
    socket.on("error", (error) =>
      end("code" in error && error.code === "ECONNREFUSED" ? "refused" : "silent"),
    );
  });
