import { ConfigError } from "../core/errors.js";
import { nearestWords } from "../shared/nearest-words.js";

/** A mistake at a key; the sentence continues `<path>: `. */
export interface Mistake {
  readonly path: readonly string[];
  readonly sentence: string;
}

/** Collects what one loading finds. `fileOf` tells which file a key stands in. */
export class Findings {
  readonly warnings: string[] = [];
  readonly #fileOf: (path: readonly string[]) => string;

  constructor(fileOf: (path: readonly string[]) => string) {
    this.#fileOf = fileOf;
  }

  warn(path: readonly string[], sentence: string): void {
    const warning = this.#line({ path, sentence });
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }

  /** One error that names every mistake, then every warning: what is missing may stand there misspelt. Its `path` is that of the first mistake. */
  error(mistakes: readonly [Mistake, ...Mistake[]]): ConfigError {
    const lines = new Set(mistakes.map((mistake) => this.#line(mistake)));
    const warnings = this.warnings.map((warning) => `Warning: ${warning}`);
    return new ConfigError(mistakes[0].path.join("."), [...lines, ...warnings].join("\n"));
  }

  #line({ path, sentence }: Mistake): string {
    const file = this.#fileOf(path);
    return path.length === 0 ? `${file}: ${sentence}` : `${file}: ${path.join(".")}: ${sentence}`;
  }
}

/** ` Did you mean "webhook"?`, or nothing when no candidate is near. */
export function suggest(typed: string, candidates: readonly string[]): string {
  const [nearest] = nearestWords(typed, candidates);
  // Beyond half of the word, what is "nearest" has nothing to do with what was meant.
  if (nearest === undefined || nearest.edits > Math.max(2, typed.length / 2)) return "";
  return ` Did you mean "${nearest.word}"?`;
}
