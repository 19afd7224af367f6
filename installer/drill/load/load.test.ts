import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { captured } from "../../../fixtures/captured/read.ts";
import { createFakeHost } from "../../hosts/fake.ts";
import { config } from "../fake-pair.ts";
import { loadOf, redisMayLose, storesOf } from "./load.ts";
import { redisStore } from "./redis.ts";
import { longestGap, type RowSession, type RowStore, startRows } from "./rows.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const QUICK = { tryMs: 60, pauseMs: 1, readMs: 200 };

/** A database that can be told to misbehave. */
function fakeStore(mayLose?: string) {
  const there = new Set<number>();
  const world = { hangs: false, refuses: false, unreadable: false, prepared: 0, dropped: 0, there };
  const session: RowSession = {
    async prepare() {
      world.prepared += 1;
    },
    async write(number) {
      if (world.hangs) await new Promise(() => {});
      if (world.refuses) throw new Error("read-only");
      there.add(number);
    },
    async present() {
      if (world.unreadable) throw new Error("it is down");
      return there;
    },
    async drop() {
      world.dropped += 1;
    },
    close() {},
  };
  const store: RowStore = { service: "postgres", mayLose, open: async () => session };
  return { world, store };
}

describe("numbered rows", () => {
  test("all acknowledged, all there, and the place is removed", async () => {
    const { world, store } = fakeStore();
    const writer = await startRows(store, QUICK);
    await sleep(50);
    const seen = await writer.stop();
    expect(seen).toMatchObject({ lost: 0, stillDown: false, service: "postgres" });
    expect(seen.acknowledged).toBeGreaterThan(3);
    expect(world).toMatchObject({ prepared: 1, dropped: 1 });
  });

  test("an acknowledged row that is not there any more is lost", async () => {
    const { world, store } = fakeStore();
    const writer = await startRows(store, QUICK);
    await sleep(50);
    world.there.delete(2);
    expect((await writer.stop()).lost).toBe(1);
  });

  test("rows that cannot be read are not lost and not there: nobody knows", async () => {
    const { world, store } = fakeStore();
    const writer = await startRows(store, QUICK);
    await sleep(30);
    world.unreadable = true;
    expect(await writer.stop()).toMatchObject({ lost: undefined, why: "it is down" });
  });

  test("a server that hangs is an outage, until a row is acknowledged again", async () => {
    const { world, store } = fakeStore();
    const writer = await startRows(store, QUICK);
    await sleep(30);
    const before = performance.now();
    world.hangs = true;
    await sleep(500);
    expect(writer.answeredSince(before + 5)).toBe(false);
    world.hangs = false;
    await sleep(300);
    expect(writer.answeredSince(before + 5)).toBe(true);
    const seen = await writer.stop();
    expect(seen.seconds).toBeGreaterThanOrEqual(0.5);
    expect(seen).toMatchObject({ lost: 0, stillDown: false });
  });

  test("one that never came back is still down, and the gap goes to the end", async () => {
    const { world, store } = fakeStore();
    const writer = await startRows(store, QUICK);
    await sleep(30);
    world.refuses = true;
    await sleep(400);
    const seen = await writer.stop();
    expect(seen.stillDown).toBe(true);
    expect(seen.seconds).toBeGreaterThanOrEqual(0.4);
  });

  test("the longest of several gaps", () => {
    expect(longestGap([0, 100, 900, 1000])).toBe(800);
    expect(longestGap([5])).toBe(0);
  });
});

describe("Redis", () => {
  const servers: { server: Server; sockets: Socket[] }[] = [];
  afterEach(() => {
    for (const { server, sockets } of servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  /** As much of the server as sets need. */
  async function startRedis(set: Set<string>, asked: string[], error = ""): Promise<number> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("data", (chunk) => {
        const words = chunk.toString().split("\r\n");
        const commands: string[][] = [];
        for (let index = 0; index < words.length; index++)
          if (words[index]?.startsWith("*")) commands.push([]);
          else if (words[index]?.startsWith("$")) commands.at(-1)?.push(words[index + 1] ?? "");
        for (const [name = "", key = "", member = ""] of commands) {
          asked.push(`${name} ${key}`);
          if (name === "SADD" && error === "") set.add(member);
          if (name === "DEL") set.clear();
          const answers: Record<string, string> = {
            AUTH: key === "geheim" ? "+OK" : "-WRONGPASS no",
            PING: "+PONG",
            SADD: error === "" ? ":1" : `-${error}`,
            SISMEMBER: set.has(member) ? ":1" : ":0",
          };
          socket.write(`${answers[name] ?? ":1"}\r\n`);
        }
      });
      socket.on("error", () => {});
    });
    servers.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }
  const place = (port: number, password = "geheim") => ({
    host: "127.0.0.1",
    port,
    password,
    stamp: "20260102T030405_1",
    mayLose: undefined,
  });

  test("rows are members of one set of our own, which expires by itself and is deleted at the end", async () => {
    const set = new Set<string>();
    const asked: string[] = [];
    const port = await startRedis(set, asked);
    const writer = await startRows(redisStore("redis", place(port)), { ...QUICK, tryMs: 500, readMs: 2000 });
    await sleep(150);
    set.delete("1");
    const seen = await writer.stop();
    expect(seen.acknowledged).toBeGreaterThan(2);
    expect(seen.lost).toBe(1);
    expect(asked).toContain("EXPIRE skyha_drill:20260102T030405_1");
    expect(asked.at(-1)).toBe("DEL skyha_drill:20260102T030405_1");
  });

  test("an answer that is an error acknowledges nothing", async () => {
    const port = await startRedis(new Set(), [], "MISCONF disk is full");
    const writer = await startRows(redisStore("redis", place(port)), { ...QUICK, tryMs: 500, readMs: 2000 });
    await sleep(150);
    expect(await writer.stop()).toMatchObject({ acknowledged: 0, stillDown: true });
  });

  test("a wrong password is said without the password", async () => {
    const port = await startRedis(new Set(), []);
    const error = await startRows(redisStore("redis", place(port, "wrong-secret")), QUICK).catch(String);
    expect(error).toContain("does not take the password");
    expect(error).not.toContain("wrong-secret");
  });

  test.each([
    [undefined, undefined, undefined],
    ["yes", "always", undefined],
    [undefined, "everysec", "appendfsync is everysec"],
    ["false", "always", "appendonly is off"],
    [undefined, "no", "appendfsync is no"],
  ])("appendonly %s, appendfsync %s", (appendonly, appendfsync, text) => {
    const said = redisMayLose(appendonly, appendfsync);
    if (text === undefined) expect(said).toBeUndefined();
    else expect(said).toStartWith(text);
  });
});

describe("where passwords and settings come from", () => {
  const SECRETS = "/etc/skyha/secrets";
  const cib = captured("pacemaker-2.1.5/healthy/cib.xml");
  const resources = /<resources>.*<\/resources>/s.exec(cib)?.[0] ?? "";
  const asks = { argv: ["cibadmin", "--query", "--scope", "resources"] };
  const files = { [`${SECRETS}/postgres.password`]: "pg\n", [`${SECRETS}/redis.password`]: "rd\n" };

  test("the files of the first host that has them; the parameters of the resource in the cluster", async () => {
    const attributes =
      '<instance_attributes id="y"><nvpair id="x" name="appendfsync" value="everysec"/></instance_attributes>';
    const set = resources.replace(
      /(<primitive id="redis"[^>]*[^/>])(\/?)>/,
      (_all, head: string, end: string) =>
        end === "" ? `${head}>${attributes}` : `${head}>${attributes}</primitive>`,
    );
    expect(set).not.toBe(resources);
    const host = createFakeHost("db1", [{ ...asks, stdout: set }], files);
    const made = (await storesOf(config, [host], "20260102T030405")).map((storeOf) => storeOf(1));
    expect(made.map(({ service }) => service)).toEqual(["postgres", "redis"]);
    expect(made[1]?.mayLose).toStartWith("appendfsync is everysec");
    expect(host.ran.flatMap(({ argv }) => argv).join(" ")).not.toMatch(/\bpg\b|\brd\b/);
  });

  test("a setting that nobody tells is not taken for its default", async () => {
    const host = createFakeHost("db1", [{ ...asks, code: 102, stderr: "not connected" }], files);
    await expect(storesOf(config, [host], "s")).rejects.toThrow("not connected");
    const bare = createFakeHost("db1", [{ ...asks, stdout: resources }], {});
    await expect(storesOf(config, [bare], "s")).rejects.toThrow("postgres.password is not there");
  });
});

test("one service that takes no rows: the others' clients end, and it is named", async () => {
  const good = fakeStore();
  const bad: RowStore = {
    service: "redis",
    mayLose: undefined,
    open: () => Promise.reject(new Error("refused")),
  };
  const profile = { services: [], vip: "10.0.0.9" };
  const { profile: whole } = await import("../../../fixtures/captured/pair.ts");
  const start = loadOf({ ...whole, ...profile }, [() => good.store, () => bad], async () => ({
    result: "open",
    ms: 1,
  }));
  await expect(start(1)).rejects.toThrow("no row can be written into redis: refused");
  const written = good.world.there.size;
  await sleep(100);
  expect(good.world.there.size).toBe(written);
  expect(good.world.dropped).toBe(1);
});
