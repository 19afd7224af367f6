/** What differs between the two families; Percona Server is MySQL here. */
export type DialectName = "mysql" | "mariadb";

export interface Dialect {
  readonly title: string;
  /** Prefix of the variables that the official images read. */
  readonly imagePrefix: "MYSQL" | "MARIADB";
  /** Variables that only an image of this family has. */
  readonly imageVariables: readonly string[];
  /** Files that only this family makes in a data directory. */
  readonly files: readonly string[];
  /** One row: every value has to be off, or the server takes no writes. */
  readonly readOnlyQuery: string;
}

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  mysql: {
    title: "MySQL",
    imagePrefix: "MYSQL",
    imageVariables: ["MYSQL_MAJOR", "MYSQL_SHELL_VERSION", "PS_VERSION"],
    // Since 8.0; a directory of 5.7 has no file of its own.
    files: ["mysql.ibd"],
    readOnlyQuery:
      "SELECT @@global.read_only AS read_only, @@global.super_read_only AS super_read_only, @@global.innodb_read_only AS innodb_read_only",
  },
  mariadb: {
    title: "MariaDB",
    imagePrefix: "MARIADB",
    imageVariables: ["MARIADB_VERSION"],
    files: ["aria_log_control", "mariadb_upgrade_info"],
    readOnlyQuery: "SELECT @@global.read_only AS read_only, @@global.innodb_read_only AS innodb_read_only",
  },
};

export const DIALECT_NAMES = ["mysql", "mariadb"] as const satisfies readonly DialectName[];

/** By the parameter or the image's name; undefined when these do not tell. */
export function dialectOfName(parameter: DialectName | "auto", image: string): DialectName | undefined {
  if (parameter !== "auto") return parameter;
  if (/maria/i.test(image)) return "mariadb";
  return /mysql|percona/i.test(image) ? "mysql" : undefined;
}

/** By the variables an image sets. */
export function dialectOfImage(variables: Readonly<Record<string, string>>): DialectName | undefined {
  return DIALECT_NAMES.find((name) =>
    DIALECTS[name].imageVariables.some((variable) => variables[variable] !== undefined),
  );
}

/** By the version a server tells: "10.11.6-MariaDB", from older ones "5.5.5-10.11.6-MariaDB". */
export function dialectOfVersion(version: string): DialectName {
  return /mariadb/i.test(version) ? "mariadb" : "mysql";
}

/** By the files in a data directory. */
export function dialectOfFiles(names: readonly string[]): DialectName | undefined {
  return DIALECT_NAMES.find((name) => DIALECTS[name].files.some((file) => names.includes(file)));
}
