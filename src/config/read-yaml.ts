import { readFileSync } from "node:fs";
import { CORE_SCHEMA, dump, load, mergeTag, YAMLException } from "js-yaml";
import { ConfigError } from "../core/errors.js";
import { isRecord } from "./setting-schema.js";

export type ReadFile = (path: string) => string;

export const readFileFromDisk: ReadFile = (path) => readFileSync(path, "utf8");

// YAML 1.2, where `yes` and dates are strings, as Hookshot reads it; merge keys (`<<`) are what people expect of anchors.
const schema = CORE_SCHEMA.withTags(mergeTag);

/** Reads a YAML file that holds one mapping. @throws ConfigError naming file and line */
export function readYamlFile(path: string, readFile: ReadFile): Readonly<Record<string, unknown>> {
  const content = parse(path, readText(path, readFile));
  if (!isRecord(content)) throw new ConfigError("", `${path}: holds no keys at its top level; it must be a YAML mapping.`);
  return content;
}

/** The value as YAML text, block style. */
export function toYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, quoteStyle: "double", schema: CORE_SCHEMA });
}

function readText(path: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new ConfigError("", `${path}: ${describeReadError(error)}.`, { cause: error });
  }
}

/** Why a file cannot be read, in words: `does not exist`. */
export function describeReadError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Readonly<Record<string, string>> = {
    ENOENT: "does not exist",
    EACCES: "may not be read by this user",
    EISDIR: "is a folder, not a file",
  };
  return known[code] ?? `cannot be read (${code === "" ? "unknown error" : code})`;
}

function parse(path: string, text: string): unknown {
  try {
    return load(text, { schema, filename: path });
  } catch (error) {
    // Its message quotes lines of the file, and those may hold secrets: neither message nor cause is passed on.
    if (error instanceof YAMLException) throw new ConfigError("", describeYamlError(path, error));
    throw error;
  }
}

function describeYamlError(path: string, error: YAMLException): string {
  const line = error.mark === undefined ? "" : `, line ${String(error.mark.line + 1)}`;
  return `${path}${line}: is not valid YAML: ${error.reason}.`;
}
