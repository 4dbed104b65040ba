import { ConfigError } from "../core/errors.js";
import { readYamlFile, type ReadFile } from "./read-yaml.js";

/** Several configuration files as one. */
export interface MergedFiles {
  readonly values: Readonly<Record<string, unknown>>;
  /** The file that a key stands in; keys that stand nowhere count to the first. */
  fileOf(path: readonly string[]): string;
}

/**
 * Reads the files and merges them shallowly: a later file replaces whole top-level keys, except that `connections` are joined (reference 1.1).
 * @throws ConfigError naming file and line
 */
export function mergeFiles(paths: readonly string[], readFile: ReadFile): MergedFiles {
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  const connectionOrigins: string[] = [];
  for (const path of paths) {
    for (const [key, value] of Object.entries(readYamlFile(path, readFile))) {
      if (key === "connections") {
        const added = connectionsOf(path, value);
        connectionOrigins.push(...added.map(() => path));
        values.set(key, [...connectionsOf(path, values.get(key)), ...added]);
      } else {
        values.set(key, value);
      }
      origins.set(key, path);
    }
  }
  return { values: Object.fromEntries(values), fileOf: (path) => originOf(path, origins, connectionOrigins) ?? paths[0] ?? "" };
}

function connectionsOf(path: string, value: unknown): readonly unknown[] {
  const connections: unknown = value ?? [];
  if (!Array.isArray(connections)) throw new ConfigError("connections", `${path}: connections is not an array.`);
  return connections;
}

function originOf(path: readonly string[], origins: ReadonlyMap<string, string>, connectionOrigins: readonly string[]): string | undefined {
  const [key = "", index = ""] = path;
  return (key === "connections" ? connectionOrigins[Number(index)] : undefined) ?? origins.get(key);
}
