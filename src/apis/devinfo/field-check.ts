import type { JsonSchema } from "../../http/route.js";
import { compileSchema, describeProblems, type Validated } from "../../shared/validate.js";
import type { FieldSchemas } from "./entity-schemas.js";

/** Stops at the first thing that is wrong: with all of them, a hostile body could have millions told. */
const options = { allErrors: false, strictTypes: false };

/** Checks the fields of one kind of thing. */
export class FieldCheck<T> {
  readonly #schemas: FieldSchemas;
  readonly #whole: (value: unknown) => Validated<T>;
  /** By field; made for the first thing that does not fit. */
  readonly #checks = new Map<string, (value: unknown) => Validated<unknown>>();

  constructor(schemas: FieldSchemas) {
    this.#schemas = schemas;
    this.#whole = compileSchema<T>(objectSchema(schemas), options);
  }

  /** @returns the value, if all of its fields fit: the one question that is asked for every good entity */
  read(value: object): T | undefined {
    const checked = this.#whole(value);
    return checked.ok ? checked.value : undefined;
  }

  /**
   * What is wrong, one sentence for each field that is.
   * @param place what their codes begin with: `devInformation.repository.commit`
   */
  explain(value: object, place: string): readonly string[] {
    return Object.entries(this.#schemas.fields).flatMap(([name, schema]) => {
      // Who has no such member of its own has none.
      const member = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
      if (member === undefined || member === null) {
        return this.#schemas.required.includes(name) ? [`${place}.${name}.required: ${name} is missing.`] : [];
      }
      const checked = this.#checkOf(name, schema)(member);
      return checked.ok ? [] : [`${place}.${name}.invalid: ${name} ${describeProblems(checked.problems.slice(0, 1))}.`];
    });
  }

  #checkOf(name: string, schema: JsonSchema): (value: unknown) => Validated<unknown> {
    const known = this.#checks.get(name) ?? compileSchema<unknown>(schema, options);
    this.#checks.set(name, known);
    return known;
  }
}

function objectSchema({ fields, required }: FieldSchemas): JsonSchema {
  return { type: "object", required, properties: fields };
}
