/**
 * Values of `docker run` options in the form the API wants. Each throws RangeError whose message tells the form.
 */

const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};
const NANOSECONDS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** "512m" → bytes; units are powers of 1024. */
export function parseBytes(value: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?$/i.exec(value) ?? [];
  if (digits === "") throw new RangeError("must be a size such as 512m");
  return Math.floor(Number(digits) * (BYTES[unit.toLowerCase()] ?? 1));
}

/** "1.5" → billionths of a processor. */
export function parseCpus(value: string): number {
  if (!/^\d*\.?\d+$/.test(value)) throw new RangeError("must be a number such as 1.5");
  return Math.round(Number(value) * 1e9);
}

export function parseWhole(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new RangeError("must be a whole number");
  return Number(value);
}

/** "1m30s" → nanoseconds. */
export function nanoseconds(value: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== value) {
    throw new RangeError("must be a duration such as 30s");
  }
  return parts.reduce((sum, [, digits, unit = ""]) => sum + Number(digits) * (NANOSECONDS[unit] ?? 0), 0);
}

/** "nofile=1024:2048" → soft and hard limit. */
export function parseUlimit(value: string): { Name: string; Soft: number; Hard: number } {
  const [, Name = "", soft = "", hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(value) ?? [];
  if (Name === "") throw new RangeError("must be NAME=SOFT[:HARD]");
  return { Name, Soft: Number(soft), Hard: Number(hard) };
}

/** "[ADDRESS:][HOSTPORT:]PORT[/PROTOCOL]" → the API's key and binding. */
export function parsePort(value: string): { key: string; binding: { HostIp: string; HostPort: string } } {
  const match = /^(?:(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/.exec(value);
  if (!match) throw new RangeError("must be [ADDRESS:][HOSTPORT:]PORT[/PROTOCOL], one port each");
  const [, address = "", hostPort = "", port = "", protocol = "tcp"] = match;
  return {
    key: `${port}/${protocol}`,
    binding: { HostIp: address.replace(/^\[|\]$/g, ""), HostPort: hostPort },
  };
}

/** "type=bind,source=/a,target=/b,readonly" → the API's mount. */
export function parseMount(value: string): object {
  const mount: Record<string, unknown> = {};
  for (const field of value.split(",")) {
    const [key = "", ...rest] = field.split("=");
    const text = rest.join("=");
    const on = text === "" || text === "true" || text === "1";
    if (key === "type") mount["Type"] = text;
    else if (key === "source" || key === "src") mount["Source"] = text;
    else if (key === "target" || key === "dst" || key === "destination") mount["Target"] = text;
    else if (key === "readonly" || key === "ro") mount["ReadOnly"] = on;
    else if (key === "bind-propagation") mount["BindOptions"] = { Propagation: text };
    else if (key === "volume-nocopy") mount["VolumeOptions"] = { NoCopy: on };
    else if (key === "tmpfs-size") mount["TmpfsOptions"] = { SizeBytes: parseBytes(text) };
    else throw new RangeError(`does not support ${key || "an empty field"}`);
  }
  if (!mount["Target"]) throw new RangeError("must have a target");
  return { Type: "volume", ...mount };
}
