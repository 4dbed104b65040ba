import { Parser } from "xml2js";
import { ValidationError } from "../../core/errors.js";

/** Each one costs many times its bytes. */
const mostElements = 100_000;

/**
 * Reads XML into the object form that Hookshot gives (xml2js with its defaults: children in arrays, attributes under `$`, text beside them
 * under `_`). Entities of the document's own are not known to the parser, so none can grow.
 * @returns null for an empty document
 * @throws ValidationError
 */
export function decodeXml(text: string): unknown {
  if (countTags(text) > 2 * mostElements) throw new ValidationError(`The body has more than ${mostElements} elements.`);
  let outcome: { readonly error: Error | null; readonly value: unknown } | undefined;
  // Runs to its end before it returns. After an error it calls once more.
  new Parser().parseString(text, (error: Error | null, value: unknown) => {
    outcome ??= { error, value };
  });
  if (outcome === undefined || outcome.error !== null) throw notXml(outcome?.error?.message);
  return outcome.value;
}

function countTags(text: string): number {
  let count = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) count += 1;
  return count;
}

/** Of the parser's words only the first line, and where. */
function notXml(message = ""): ValidationError {
  const [what = ""] = message.split("\n", 1);
  const [, line] = /Line: (\d+)/.exec(message) ?? [];
  const where = line === undefined ? "" : ` in line ${Number(line) + 1}`;
  return new ValidationError(what === "" ? "The body is not XML." : `The body is not XML: ${what.replace(/\.$/, "")}${where}.`);
}
