import { defineParameters } from "../ocf/table.ts";

/** Parameters of ocf:skyha:drbd. */
export const drbdParameters = defineParameters({
  drbd_resource: {
    type: "string",
    required: true,
    identity: true,
    uniqueGroup: "resource",
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
    patternText: "the name of a DRBD resource",
    short: "DRBD resource",
    long: "Name of the resource in drbd.conf. It must have one volume and two hosts.",
  },
  device: {
    type: "string",
    identity: true,
    pattern: /^\/dev\/drbd\d{1,7}$/,
    patternText: "a device such as /dev/drbd1",
    short: "Device of the resource",
    long: "The resource's device. Its number tells a monitor where to look in /proc/drbd (module 8.4), so that it need not start drbdadm to ask.",
  },
  score_both: {
    type: "integer",
    default: 10000,
    min: 1,
    max: 1000000,
    reloadable: true,
    short: "Score with current data and a known peer",
    long: "Promotion score while this host's copy is up to date and it is primary or knows what its peer's copy is worth.",
  },
  score_alone: {
    type: "integer",
    default: 1000,
    min: 1,
    max: 1000000,
    reloadable: true,
    short: "Score with current data and an unknown peer",
    long: "Promotion score while this host's copy was up to date when it last saw its peer.",
  },
  score_peer_only: {
    type: "integer",
    default: 10,
    min: 0,
    max: 1000000,
    reloadable: true,
    short: "Score with the peer's data only",
    long: "Promotion score while only the peer's copy is up to date and connected. 0: never promote such a host.",
  },
  connect_timeout: {
    type: "integer",
    unit: "s",
    default: 5,
    min: 0,
    max: 3600,
    reloadable: true,
    short: "Time to meet the peer",
    long: "How long start waits for the peer, so that the first promotion score is a well-founded one. Start succeeds without it too.",
  },
});

export type DrbdTable = typeof drbdParameters;
