import type { Deadline } from "../ocf/deadline.ts";
import type { Log } from "../ocf/log.ts";
import { createBody } from "./docker-create.ts";
import { createDockerCall, type DockerCall, demultiplex, type Reply } from "./docker-http.ts";
import { readImageVariables, readInspected } from "./inspected.ts";
import { asNumber, asObject, asText, parseJson } from "./json.ts";
import { type Engine, EngineRefusal, EngineSilence, ImageMissing } from "./types.ts";

/** Time docker needs, besides the grace, to kill a container and tell us. */
const STOP_SLACK_MS = 10_000;

/** The docker daemon, asked through its API: one round trip on a unix socket instead of a client program. */
export function createDocker(socketPath: string, deadline: Deadline, log: Log): Engine {
  const call = createDockerCall(socketPath, deadline, log);
  const path = (name: string, rest = "") => `/containers/${encodeURIComponent(name)}${rest}`;
  return {
    kind: "docker",
    title: `docker at ${socketPath}`,
    async inspect(name, { limitMs } = {}) {
      const reply = await call("GET", path(name, "/json"), limitMs === undefined ? {} : { limitMs });
      if (reply.status === 404 && isDockerError(reply)) return undefined;
      const container = reply.status === 200 ? readInspected(json(reply)) : undefined;
      if (container) return container;
      throw refusal("inspect", reply);
    },
    async launch(spec) {
      const created = await call("POST", `/containers/create?name=${encodeURIComponent(spec.name)}`, {
        body: createBody(spec),
      });
      if (created.status === 404) throw new ImageMissing(message(created));
      accept("create", created, [201]);
      accept("start", await call("POST", path(spec.name, "/start")), [204, 304]);
      // To ask is cheap here, and says more.
      return undefined;
    },
    async unpause(name) {
      accept("unpause", await call("POST", path(name, "/unpause")), [204]);
    },
    async remove(name, { graceSeconds, volumes }) {
      if (graceSeconds > 0) {
        // Refused or not, the removal that follows ends it; only silence is final.
        await call("POST", path(name, `/stop?t=${graceSeconds}`), {
          limitMs: graceSeconds * 1000 + STOP_SLACK_MS,
        });
      }
      const reply = await call("DELETE", path(name, `?force=true&v=${volumes}`));
      // 409: a removal is under way already.
      accept("remove", reply, [204, 404, 409]);
    },
    exec: (name, argv) => exec(call, path(name, "/exec"), argv),
    async logs(name, lines) {
      const reply = await call("GET", path(name, `/logs?stdout=true&stderr=true&tail=${lines}`));
      accept("logs", reply, [200]);
      return demultiplex(reply.body);
    },
    async hasImage(image) {
      const reply = await call("GET", imagePath(image));
      if (reply.status === 404 && isDockerError(reply)) return false;
      accept("image inspect", reply, [200]);
      return true;
    },
    async imageVariables(image) {
      const reply = await call("GET", imagePath(image));
      if (reply.status === 404 && isDockerError(reply)) return {};
      accept("image inspect", reply, [200]);
      return readImageVariables(json(reply));
    },
    async loadImage(archive) {
      const reply = await call("POST", "/images/load?quiet=true", { file: archive });
      accept("image load", reply, [200]);
      const failed = reply.body
        .toString("utf8")
        .split("\n")
        .map((line) => asText(asObject(parseJson(line))["error"]))
        .find((text) => text !== "");
      if (failed) throw new EngineRefusal(`docker could not load ${archive}: ${failed}`);
    },
    loadCommand: (archive) => `docker load -i ${archive}`,
  };
}

function imagePath(image: string): string {
  return `/images/${image.split("/").map(encodeURIComponent).join("/")}/json`;
}

async function exec(call: DockerCall, path: string, argv: readonly string[]) {
  const created = await call("POST", path, { body: { AttachStdout: true, AttachStderr: true, Cmd: argv } });
  accept("exec", created, [201]);
  const id = asText(asObject(json(created))["Id"]);
  const started = await call("POST", `/exec/${id}/start`, { body: { Detach: false, Tty: false } });
  accept("exec start", started, [200, 101]);
  const ended = await call("GET", `/exec/${id}/json`);
  accept("exec inspect", ended, [200]);
  const state = asObject(json(ended));
  if (state["Running"] === true)
    throw new EngineSilence("docker lost the output of a command that still runs");
  return { code: asNumber(state["ExitCode"]), output: demultiplex(started.body) };
}

function accept(what: string, reply: Reply, statuses: readonly number[]): void {
  if (!statuses.includes(reply.status)) throw refusal(what, reply);
}

function refusal(what: string, reply: Reply): EngineRefusal {
  return new EngineRefusal(`docker ${what} failed (HTTP ${reply.status}): ${message(reply)}`);
}

function message(reply: Reply): string {
  const text = asText(asObject(json(reply))["message"]);
  return text || reply.body.toString("utf8").slice(0, 300) || "no reason given";
}

/** The daemon's own "not found" has a message; one from something else that listens there has not. */
function isDockerError(reply: Reply): boolean {
  return asText(asObject(json(reply))["message"]) !== "";
}

function json(reply: Reply): unknown {
  return parseJson(reply.body.toString("utf8"));
}
