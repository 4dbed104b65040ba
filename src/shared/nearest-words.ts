import { distance } from "fastest-levenshtein";

export interface NearWord {
  readonly word: string;
  /** Letters to change, add or leave out to come from one to the other; upper and lower case are the same letter. */
  readonly edits: number;
}

/** The candidates, those most like what was typed first. */
export function nearestWords(typed: string, candidates: readonly string[]): readonly NearWord[] {
  return candidates
    .map((word) => ({ word, edits: distance(typed.toLowerCase(), word.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
}
