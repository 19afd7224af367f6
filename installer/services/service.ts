import type { PrimitiveSpec } from "../cib/build.ts";

/** One service of the pair: everything install, show and the other commands have to know of it. */
export interface Service {
  /** The key in skyha.yaml, the name that `skyha show` prints, and its directory on the volume. */
  readonly name: string;
  readonly image: string;
  /** TCP port on the VIP; undefined: nothing can be asked from outside. */
  readonly port: number | undefined;
  /** uid:gid of the directory on the volume, as the image's user needs it. */
  readonly owner: string;
  readonly secret?: ServiceSecret;
  readonly resource: PrimitiveSpec;
}

/** A password that both hosts have to share, because the service moves between them. */
export interface ServiceSecret {
  /** One line, on both hosts, mode 0600. */
  readonly path: string;
  /** "the PostgreSQL password" */
  readonly what: string;
  /** The file on the machine skyha runs on that holds it; undefined: generated. */
  readonly givenFile: string | undefined;
}
