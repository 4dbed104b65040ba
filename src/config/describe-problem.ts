import type { Problem } from "../shared/validate.js";
import type { Mistake } from "./findings.js";
import { fieldMistakes } from "./sections/connections.js";
import { entrySchema, environmentVariableOf, fileKeyOf, type SettingSchema } from "./setting-schema.js";

/** A schema's complaint as a path and a sentence that tells what to write. Values are not repeated: they may be secrets. */
export function describeProblem(problem: Problem, schema: SettingSchema, environmentPath: readonly string[]): Mistake {
  const path = problem.path === "" ? [] : problem.path.split(".");
  if (problem.keyword === "required") {
    const missing = [...path, String(problem.params["missingProperty"])];
    const sentence = staticFieldMistake(missing);
    if (sentence !== undefined) return { path: missing, sentence };
    return { path: missing, sentence: describeMissing(missing, schemaAt(schema, missing), environmentPath) };
  }
  return { path, sentence: staticFieldMistake(path) ?? `${describeKeyword(problem)}.` };
}

/** Hookshot's own sentence, where the field of a static connection is not what it has to be. */
function staticFieldMistake([section, , field = "", ...rest]: readonly string[]): string | undefined {
  return section === "connections" && rest.length === 0 ? fieldMistakes[field] : undefined;
}

function describeMissing(path: readonly string[], schema: SettingSchema | undefined, environmentPath: readonly string[]): string {
  if (schema?.secret !== true) return "is missing.";
  const fileKey = fileKeyOf(path.at(-1) ?? "");
  return `is missing; give it here, as a file in ${fileKey}, or in the environment variable ${environmentVariableOf([...environmentPath, ...path])}.`;
}

function describeKeyword({ keyword, params, message }: Problem): string {
  switch (keyword) {
    case "type":
      return `must be ${describeType(String(params["type"]))}`;
    case "enum":
      return `must be one of ${listOf(params["allowedValues"])}`;
    case "format":
      return String(params["format"]) === "http-url" ? "must be a URL that begins with http:// or https://" : message;
    case "minLength":
      return "must not be empty";
    case "minimum":
      return `must be at least ${String(params["limit"])}`;
    case "maximum":
      return `must be at most ${String(params["limit"])}`;
    case "additionalProperties":
      return `must not have the key ${String(params["additionalProperty"])}`;
    default:
      return message;
  }
}

function describeType(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: "text",
    integer: "a whole number",
    number: "a number",
    boolean: "a boolean: true or false",
    array: "a list",
    object: "a section with keys of its own",
  };
  return words[type] ?? type;
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.join(", ") : String(values);
}

function schemaAt(schema: SettingSchema, path: readonly string[]): SettingSchema | undefined {
  let current: SettingSchema | undefined = schema;
  for (const key of path)
    current = current?.properties?.[key] ?? (current === undefined ? undefined : (entrySchema(current) ?? current.items));
  return current;
}
