import { compileSchema } from "../shared/validate.js";
import { describeProblem } from "./describe-problem.js";
import type { Findings } from "./findings.js";
import type { ReadFile } from "./read-yaml.js";
import { fillSecrets, seal } from "./secrets.js";
import type { SettingSchema } from "./setting-schema.js";
import { tidy } from "./tidy.js";

interface Surroundings {
  readonly findings: Findings;
  /** Stands before the value's own path in names of environment variables. */
  readonly environmentPath: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: ReadFile;
  /** Changes the tidied value before secrets are put in place. */
  readonly modernise?: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/**
 * Tidy, put secrets in place, validate, default, freeze: in that order, once.
 * @throws ConfigError that names every mistake
 */
export function validateSection<T>(schema: SettingSchema, values: Readonly<Record<string, unknown>>, surroundings: Surroundings): T {
  const { findings, environmentPath, env, readFile, modernise } = surroundings;
  // A record stays one.
  const tidied = tidy(schema, values, [], findings) as Readonly<Record<string, unknown>>;
  const { value: filled, mistakes } = fillSecrets(schema, modernise?.(tidied) ?? tidied, { env, readFile, environmentPath });
  // Used once: making it faster would take longer than using it as it is.
  const validated = compileSchema<T>(schema, { code: { optimize: false } })(filled);
  if (!validated.ok) mistakes.push(...validated.problems.map((problem) => describeProblem(problem, schema, environmentPath)));
  const [first, ...others] = mistakes;
  if (first !== undefined) throw findings.error([first, ...others]);
  // The schema describes T; sealing changes only secrets, as T says.
  return seal(schema, filled) as T;
}
