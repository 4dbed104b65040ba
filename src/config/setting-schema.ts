/** The part of JSON Schema that configuration sections are written in; services may use more, which only ajv reads. */
export interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  /** The first one is what the sample shows. */
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  /** A schema: the keys are names that the administrator chooses. `true`: anything goes. Absent beside `properties`: other keys are unknown. */
  readonly additionalProperties?: boolean | SettingSchema;
  readonly items?: SettingSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  /** The value may also come from `<key>File` or the environment, and becomes a `Secret`. */
  readonly secret?: boolean;
  /** Accepted, but without effect. */
  readonly deprecated?: boolean;
}

/** The schema of the names an administrator chooses in a map, if `schema` is one. */
export function entrySchema(schema: SettingSchema): SettingSchema | undefined {
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** The name of the key that holds the path of a secret's file. */
export function fileKeyOf(key: string): string {
  return `${key}File`;
}

/** `storage.someToken` as the environment variable `SWITCHBOARD_STORAGE_SOME_TOKEN`. */
export function environmentVariableOf(path: readonly string[]): string {
  return ["SWITCHBOARD", ...path.map(upperSnake)].join("_");
}

function upperSnake(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/** An object of YAML or JSON: no array, not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
