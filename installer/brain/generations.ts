/** DRBD's generation identifiers of one copy, `drbdadm get-gi`: 16 hexadecimal digits each. */
export interface Generations {
  readonly current: string;
  readonly bitmap: string;
  readonly history: readonly string[];
}

/** How two copies came to be what they are. */
export type Descent =
  | "same"
  /** The other one is only behind: DRBD connects them by itself. */
  | "first-newer"
  | "second-newer"
  /** Both were written since they were one. */
  | "diverged"
  /** They were never one. */
  | "unrelated";

const NONE = "0000000000000000";

/** @returns undefined for anything that is not what drbdadm prints */
export function parseGenerations(text: string): Generations | undefined {
  const ids = /^([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16})(?::|\s|$)/m.exec(text);
  const [, current, bitmap, ...history] = ids ?? [];
  if (current === undefined || bitmap === undefined) return undefined;
  // The lowest bit only says that the host was primary.
  const plain = (id: string) => (BigInt(`0x${id}`) & ~1n).toString(16).toUpperCase().padStart(16, "0");
  return { current: plain(current), bitmap: plain(bitmap), history: history.map(plain) };
}

/** The comparison DRBD makes when it connects (drbd_receiver.c, drbd_uuid_compare), without its corner cases. */
export function descent(first: Generations, second: Generations): Descent {
  const has = (ids: readonly string[], id: string) => id !== NONE && ids.includes(id);
  if (first.current === second.current) return "same";
  if (has([first.bitmap, ...first.history], second.current)) return "first-newer";
  if (has([second.bitmap, ...second.history], first.current)) return "second-newer";
  const roots = [first.bitmap, ...first.history];
  if ([second.bitmap, ...second.history].some((id) => has(roots, id))) return "diverged";
  return "unrelated";
}
