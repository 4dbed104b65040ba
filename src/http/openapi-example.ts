import type { JsonSchema } from "./route.js";

/**
 * A value that a schema lets through, as far as it follows from examples, fixed values and defaults; of an object what is required, or else
 * what has an example of its own.
 * @returns undefined where that cannot be told
 */
export function exampleOf(schema: JsonSchema): unknown {
  const { const: only, default: usual, type, items, properties } = schema;
  const [first = only ?? usual] = [...listOf(schema["examples"]), ...listOf(schema["enum"])];
  if (first !== undefined) return first;
  if (isSchema(properties)) return exampleObject(properties, listOf(schema["required"]));
  const [choice] = [...listOf(schema["allOf"]), ...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])];
  if (isSchema(choice)) return exampleOf(choice);
  if (type === "array" && isSchema(items)) return listOfOne(exampleOf(items));
  return schema["maxProperties"] === 0 ? {} : undefined;
}

function exampleObject(properties: JsonSchema, required: readonly unknown[]): object | undefined {
  const wanted = Object.entries(properties).flatMap(([key, property]): (readonly [string, unknown])[] => {
    if (!isSchema(property)) return [];
    const isWanted = required.length > 0 ? required.includes(key) : listOf(property["examples"]).length > 0;
    return isWanted ? [[key, exampleOf(property)]] : [];
  });
  const isTold = wanted.length > 0 && wanted.every(([, example]) => example !== undefined);
  return isTold ? Object.fromEntries(wanted) : undefined;
}

function listOfOne(example: unknown): readonly unknown[] | undefined {
  return example === undefined ? undefined : [example];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  // What `Array.isArray` finds is `any[]`.
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
