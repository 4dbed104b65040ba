import type { HttpResponse } from "../core/ports/http-client.js";
import { ownMember } from "../shared/own-member.js";
import { wellFormed } from "../shared/well-formed.js";
import { cutText } from "../vocabulary/cut-text.js";

/** What a site took a copy without. */
export interface NotTakenThere {
  readonly repositories: number;
  readonly entities: number;
  /** The first few, each once. */
  readonly reasons: readonly string[];
}

const mostReasons = 3;
const longestReason = 200;
/** An answer that names a thousand entities has less. */
const longestAnswer = 4 * 1_048_576;

/**
 * What the answer to a bulk request says was not taken.
 * @returns undefined when all was, or when it does not say
 */
export function readNotTaken(response: HttpResponse): NotTakenThere | undefined {
  const failed = ownMember(parse(response), "failedDevinfoEntities");
  if (typeof failed !== "object" || failed === null) return undefined;
  const found = { repositories: 0, entities: 0 };
  const reasons = new Set<string>();
  for (const repository of Object.values(failed) as readonly unknown[]) {
    const errors = listOf(ownMember(repository, "errorMessages"));
    if (errors.length > 0) found.repositories += 1;
    gather(errors, reasons);
    for (const kind of ["commits", "branches", "pullRequests"]) {
      const entities = listOf(ownMember(repository, kind));
      found.entities += entities.length;
      for (const entity of entities) gather(listOf(ownMember(entity, "errorMessages")), reasons);
    }
  }
  return found.repositories + found.entities === 0 ? undefined : { ...found, reasons: [...reasons] };
}

/** Why a request was refused, in the site's words, as far as it has any: `{errorMessages: [{message}]}`, or such a list by itself. */
export function readReasons(response: HttpResponse): string {
  const answer = parse(response);
  const reasons = new Set<string>();
  gather([...listOf(answer), ...listOf(ownMember(answer, "errorMessages")), answer], reasons);
  return [...reasons].join("; ");
}

function gather(errors: readonly unknown[], reasons: Set<string>): void {
  for (const error of errors) {
    if (reasons.size >= mostReasons) return;
    const text = typeof error === "string" ? error : ownMember(error, "message");
    if (typeof text === "string" && text !== "") reasons.add(tidy(text));
  }
}

/** For the log and the terminal: one line without control characters. */
function tidy(text: string): string {
  return cutText(wellFormed(text.slice(0, 4 * longestReason)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "), longestReason);
}

function parse({ bytes, body }: HttpResponse): unknown {
  if (bytes.length > longestAnswer) return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
