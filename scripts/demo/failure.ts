/** The demo cannot go on; `message` is a sentence for the person who started it. */
export class DemoFailure extends Error {
  /** What explains it, printed below the sentence: the end of a log. */
  readonly details: string;

  constructor(message: string, options: { readonly cause?: unknown; readonly details?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = "DemoFailure";
    this.details = options.details ?? "";
  }
}
