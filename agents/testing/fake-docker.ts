import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A container inside the fake daemon; tests change its fields to make things happen. */
export interface FakeContainer {
  name: string;
  id: string;
  status: string;
  pid: number;
  exitCode: number;
  oomKilled: boolean;
  health: string | undefined;
  labels: Record<string, string>;
  /** The create request as it was received. */
  body: Record<string, unknown>;
}

/** A docker daemon on a unix socket that has no containers but remembers what it was asked. */
export interface FakeDocker {
  readonly socket: string;
  readonly containers: Map<string, FakeContainer>;
  readonly images: Set<string>;
  /** Environment of every image, `KEY=VALUE`. */
  imageEnv: readonly string[];
  /** "GET /containers/pg/json", in order. */
  readonly calls: string[];
  /** Requests that start so are never answered. */
  readonly hang: Set<string>;
  /** Requests that start so are answered with HTTP 500. */
  readonly fail: Set<string>;
  /** Process number that the next started container has. */
  nextPid: () => number;
  onStart: (container: FakeContainer) => void;
  /** Answer of a command in a container. */
  onExec: (argv: readonly string[]) => { code: number; output: string };
  logs: string;
  /** Images that an archive brings. */
  archive: readonly string[];
  /** Closes the socket and everything open, as a killed daemon does. */
  kill(): Promise<void>;
}

export async function startFakeDocker(socket: string): Promise<FakeDocker> {
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    handle(docker, request, response).catch(() => answer(response, 500, { message: "bug in the fake" }));
  });
  server.on("connection", (connection) => {
    open.add(connection);
    connection.on("close", () => open.delete(connection));
  });
  const docker: FakeDocker = {
    socket,
    containers: new Map(),
    images: new Set(["img:1"]),
    imageEnv: [],
    calls: [],
    hang: new Set(),
    fail: new Set(),
    nextPid: () => 0,
    onStart: () => {},
    onExec: () => ({ code: 0, output: "" }),
    logs: "",
    archive: [],
    async kill() {
      for (const connection of open) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return docker;
}

export function fakeContainer(name: string, changes: Partial<FakeContainer> = {}): FakeContainer {
  return {
    name,
    id: "ab".repeat(32),
    status: "running",
    pid: 0,
    exitCode: 0,
    oomKilled: false,
    health: undefined,
    labels: { "skyha.resource": name },
    body: {},
    ...changes,
  };
}

const execs = new Map<string, readonly string[]>();

async function handle(
  docker: FakeDocker,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const url = new URL(request.url ?? "/", "http://docker");
  const call = `${request.method} ${decodeURIComponent(url.pathname)}`;
  docker.calls.push(call);
  const body = await bodyOf(request);
  if ([...docker.hang].some((start) => call.startsWith(start))) return undefined;
  if ([...docker.fail].some((start) => call.startsWith(start))) {
    return answer(response, 500, { message: "made to fail" });
  }
  const [, kind = "", ...parts] = decodeURIComponent(url.pathname).split("/");
  if (kind === "images") return images(docker, parts, response);
  if (kind === "exec") return exec(docker, parts, response);
  if (parts[0] === "create") {
    const name = url.searchParams.get("name") ?? "";
    const created = record(JSON.parse(body.toString()));
    if (!docker.images.has(String(created["Image"])))
      return answer(response, 404, { message: "No such image" });
    if (docker.containers.has(name)) return answer(response, 409, { message: "name is in use" });
    const labels = Object.fromEntries(
      Object.entries(record(created["Labels"])).map(([k, v]) => [k, String(v)]),
    );
    docker.containers.set(name, fakeContainer(name, { status: "created", labels, body: created }));
    return answer(response, 201, { Id: "ab".repeat(32) });
  }
  const container =
    docker.containers.get(parts[0] ?? "") ??
    [...docker.containers.values()].find(({ id }) => id === parts[0]);
  if (!container) return answer(response, 404, { message: `No such container: ${parts[0]}` });
  switch (`${request.method} ${parts[1] ?? ""}`) {
    case "GET json":
      return answer(response, 200, inspected(container));
    case "GET logs":
      return response.writeHead(200).end(frame(docker.logs));
    case "POST start":
      container.status = "running";
      container.pid = docker.nextPid();
      docker.onStart(container);
      return answer(response, 204);
    case "POST unpause":
      container.status = "running";
      return answer(response, 204);
    case "POST stop":
      container.status = "exited";
      return answer(response, 204);
    case "DELETE ":
      docker.containers.delete(container.name);
      return answer(response, 204);
    case "POST exec": {
      const id = `exec${execs.size}`;
      const argv = record(JSON.parse(body.toString()))["Cmd"];
      execs.set(id, Array.isArray(argv) ? argv.map(String) : []);
      return answer(response, 201, { Id: id });
    }
    default:
      return answer(response, 400, { message: `the fake knows no ${call}` });
  }
}

function images(docker: FakeDocker, parts: readonly string[], response: ServerResponse): ServerResponse {
  if (parts[0] === "load") {
    for (const image of docker.archive) docker.images.add(image);
    return answer(response, 200, { stream: "Loaded" });
  }
  const name = parts.slice(0, -1).join("/");
  if (docker.images.has(name)) {
    return answer(response, 200, { Id: "sha256:1", Config: { Env: docker.imageEnv } });
  }
  return answer(response, 404, { message: "No such image" });
}

function exec(docker: FakeDocker, parts: readonly string[], response: ServerResponse): ServerResponse {
  const result = docker.onExec(execs.get(parts[0] ?? "") ?? []);
  if (parts[1] === "start") return response.writeHead(200).end(frame(result.output));
  return answer(response, 200, { Running: false, ExitCode: result.code });
}

function inspected(container: FakeContainer) {
  return {
    Id: container.id,
    Name: `/${container.name}`,
    State: {
      Status: container.status,
      Pid: container.pid,
      ExitCode: container.exitCode,
      OOMKilled: container.oomKilled,
      Error: "",
      ...(container.health ? { Health: { Status: container.health, Log: [{ Output: "last check" }] } } : {}),
    },
    Config: { Labels: container.labels },
  };
}

/** One frame of docker's multiplexed stream, on standard output. */
function frame(text: string): Buffer {
  const data = Buffer.from(text);
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(data.length, 4);
  return data.length === 0 ? data : Buffer.concat([head, data]);
}

function answer(response: ServerResponse, status: number, body?: object): ServerResponse {
  response.writeHead(status, { "Content-Type": "application/json" });
  return response.end(body === undefined ? undefined : JSON.stringify(body));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
