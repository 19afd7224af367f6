import type { ApplyContext, Change } from "../../core/change.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import type { ClusterResource } from "../../core/cluster/model.ts";
import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import type { Source } from "../backup/source.ts";
import { configurationOf, editCib } from "../cib/edit.ts";
import { isResting, withRest } from "../cib/rest.ts";
import { waitFor } from "../steps/tools.ts";

/** What takes the place of what. */
export interface Swap {
  readonly source: Source;
  /** The host that has the volume. */
  readonly host: string;
  /** Directory that becomes the service's, beside it on the volume. */
  readonly fresh: string;
  /** Where the present one is kept. */
  readonly kept: string;
}

/** Ids of the stages, in order. */
export const STAGES = { rest: "rest", stop: "stop", swap: "swap", start: "start", wake: "wake" } as const;

const ACTION_SECONDS = 600;
const RUNNING = 0;
const NOT_RUNNING = 7;

/** The service alone is stopped, by its own agent; the rest of its group goes on. */
export function swapChanges(swap: Swap): Change[] {
  return [rest(swap), stop(swap), exchange(swap), start(swap), wake(swap)];
}

/** What gives the service back to the cluster when it was not exchanged after all. */
export const undoChanges = (swap: Swap): Change[] => [start(swap), wake(swap)];

/** Runs the resource's agent on this host with the cluster's own parameters, past the cluster. @returns OCF code */
async function act(
  host: Host,
  id: string,
  action: "force-stop" | "force-start" | "force-check",
): Promise<number> {
  const argv = actionOf(id, action);
  const result = await host.exec(argv, { timeoutMs: (ACTION_SECONDS + 60) * 1000 });
  if (result.timedOut) throw new CommandError(host.name, argv, result);
  if (action === "force-check" || result.code === 0) return result.code;
  throw new CommandError(host.name, argv, result);
}

const actionOf = (id: string, action: string): Argv => [
  "crm_resource",
  "--resource",
  id,
  `--${action}`,
  `--timeout=${ACTION_SECONDS}s`,
];

function rest({ source, host: name }: Swap): Change {
  const id = source.resource;
  return {
    id: `${STAGES.rest}/cluster/${id}`,
    step: STAGES.rest,
    host: "cluster",
    title: `take the cluster's hands off ${id}, and off it alone`,
    risk: "safe",
    preview: [`resource ${id}: maintenance=true`],
    async apply(context) {
      const host = context.host(name);
      await editCib(host, (configuration) => withRest(configuration, id, true));
      // A monitor that is on its way when the service stops would be taken for a failure.
      await waitFor(`the cluster's hands off ${id}`, 120_000, async () => {
        const resource = await resourceOn(host, id);
        return (resource?.managed === false && resource.pending === undefined) || undefined;
      });
    },
    verify: async (context) =>
      // Pacemaker 2.1.5 tells no more of it than that it is not managed.
      (await resourceOn(context.host(name), id))?.managed === false ? undefined : `${id} is still managed`,
  };
}

function stop({ source, host: name }: Swap): Change {
  const id = source.resource;
  return {
    id: `${STAGES.stop}/${name}/${id}`,
    step: STAGES.stop,
    host: name,
    title: `stop ${source.service}`,
    risk: "interrupts",
    preview: [actionOf(id, "force-stop").join(" ")],
    async apply(context) {
      await act(context.host(name), id, "force-stop");
    },
    async verify(context) {
      const code = await act(context.host(name), id, "force-check");
      return code === NOT_RUNNING ? undefined : `it is not proven to be stopped (its agent answers ${code})`;
    },
  };
}

/** Nothing is ever written over: both names are free, or nothing is done. */
const EXCHANGE = `set -eu
[ -d "$1" ] || { echo "$1 is no directory" >&2; exit 1; }
[ ! -e "$3" ] || { echo "$3 exists already" >&2; exit 1; }
if [ -e "$2" ]; then mv -T -n -- "$2" "$3"; [ ! -e "$2" ] || { echo "$2 could not be put aside" >&2; exit 1; }; fi
mv -T -n -- "$1" "$2" || { [ -e "$2" ] || mv -T -n -- "$3" "$2"; exit 1; }
sync -f "$2"`;

function exchange({ source, host: name, fresh, kept }: Swap): Change {
  const live = source.directory;
  return {
    id: `${STAGES.swap}/${name}/${source.service}`,
    step: STAGES.swap,
    host: name,
    title: `${fresh} becomes ${live}; the present data stay in ${kept}`,
    risk: "interrupts",
    preview: [`mv ${live} ${kept}`, `mv ${fresh} ${live}`],
    async apply(context) {
      await run(context.host(name), ["sh", "-c", EXCHANGE, "exchange", fresh, live, kept], {
        timeoutMs: 120_000,
      });
    },
    async verify(context) {
      const host = context.host(name);
      const there = await host.exec(["test", "-d", live], { timeoutMs: 30_000 });
      const left = await host.exec(["test", "-e", fresh], { timeoutMs: 30_000 });
      return there.code === 0 && left.code === 1 ? undefined : `${fresh} is not in the place of ${live}`;
    },
  };
}

function start({ source, host: name }: Swap): Change {
  const id = source.resource;
  return {
    id: `${STAGES.start}/${name}/${id}`,
    step: STAGES.start,
    host: name,
    title: `start ${source.service}`,
    risk: "safe",
    preview: [actionOf(id, "force-start").join(" ")],
    async apply(context) {
      await act(context.host(name), id, "force-start");
    },
    async verify(context) {
      const code = await act(context.host(name), id, "force-check");
      return code === RUNNING ? undefined : `its agent does not call it running (code ${code})`;
    },
  };
}

function wake({ source, host: name }: Swap): Change {
  const id = source.resource;
  const cleanup: Argv = ["crm_resource", "--cleanup", "--resource", id];
  return {
    id: `${STAGES.wake}/cluster/${id}`,
    step: STAGES.wake,
    host: "cluster",
    title: `give ${id} back to the cluster`,
    risk: "safe",
    preview: [cleanup.join(" "), `resource ${id}: no maintenance`],
    async apply(context) {
      const host = context.host(name);
      // A failure of before would be acted upon once the cluster may.
      await run(host, cleanup, { timeoutMs: 120_000 });
      await atRest(host, id);
      await editCib(host, (configuration) => withRest(configuration, id, false));
      await waitFor(`${id} with the cluster`, 300_000, async () => {
        const resource = await resourceOn(host, id);
        return isServed(resource, name) || undefined;
      });
    },
    verify: (context) => whyNotServed(context, id, name),
  };
}

/** What the cleanup looks for again has been found. */
async function atRest(host: Host, id: string): Promise<void> {
  await waitFor(`the cluster at rest about ${id}`, 120_000, async () => {
    const resource = await resourceOn(host, id);
    return (resource !== undefined && resource.pending === undefined && resource.active) || undefined;
  });
}

async function whyNotServed(context: ApplyContext, id: string, name: string): Promise<string | undefined> {
  const host = context.host(name);
  const configuration = configurationOf(await run(host, ["cibadmin", "--query"], { timeoutMs: 20_000 }));
  if (isResting(configuration, id)) return `${id} is still in maintenance`;
  return isServed(await resourceOn(host, id), name)
    ? undefined
    : `the cluster does not call ${id} started on ${name}`;
}

const isServed = (resource: ClusterResource | undefined, node: string): boolean =>
  resource?.role === "Started" &&
  resource.managed &&
  !resource.failed &&
  resource.pending === undefined &&
  resource.nodes.includes(node);

async function resourceOn(host: Host, id: string): Promise<ClusterResource | undefined> {
  const argv: Argv = ["crm_mon", "-1", "--output-as=xml", "--inactive"];
  const status = parseCrmMon(await run(host, argv, { timeoutMs: 20_000 }));
  if (!status.known) throw new Error(`${host.name} does not say what runs: ${status.why}`);
  return status.value.resources.find((resource) => resource.id === id);
}
