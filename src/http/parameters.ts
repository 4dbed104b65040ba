import { ValidationError } from "../core/errors.js";
import { compileSchema, describeProblems, type Problem } from "../shared/validate.js";
import { matrixFormats } from "./matrix-parameters.js";
import type { JsonSchema } from "./route.js";

/** Parameters as they were sent; a name that was given several times has several values. */
type SentParameters = Readonly<Record<string, string | readonly string[]>>;

/**
 * Makes a reader of parameters, which are all text: it gives them the types of the schema, fills in defaults and drops what the schema does
 * not name.
 * @param schema an object's
 * @returns a function that throws ValidationError; where the schema of a parameter has its own sentence (`mistake`), it says that
 */
export function createParameterReader(schema: JsonSchema): (sent: SentParameters) => Readonly<Record<string, unknown>> {
  const validate = compileSchema<Readonly<Record<string, unknown>>>(
    { type: "object", ...schema, additionalProperties: false },
    { coerceTypes: true, removeAdditional: true, formats: matrixFormats },
  );
  return (sent) => {
    // Copied, because the values that are checked take the place of those that were sent.
    const checked = validate({ ...sent });
    if (checked.ok) return checked.value;
    throw new ValidationError(describeProblems(checked.problems.map((problem) => nameMissing(schema, problem))));
  };
}

/** A parameter that is missing is told by its own sentence too, which stands in its schema and not in the object's. */
function nameMissing({ properties }: JsonSchema, problem: Problem): Problem {
  const { missingProperty } = problem.params;
  if (problem.keyword !== "required" || typeof missingProperty !== "string") return problem;
  // Schemas of parameters are objects of ours.
  const schema = (properties as Readonly<Record<string, JsonSchema>> | undefined)?.[missingProperty];
  const sentence = schema?.["mistake"];
  return typeof sentence === "string"
    ? { ...problem, path: "", message: sentence }
    : { ...problem, path: missingProperty, message: "is required" };
}

/** A name that stands there twice has both values: whoever checks the first and whoever uses the last must not differ. */
export function sentQuery(query: URLSearchParams): SentParameters {
  const sent = new Map<string, string[]>();
  for (const [name, value] of query) {
    const values = sent.get(name);
    if (values === undefined) sent.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...sent].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]));
}
