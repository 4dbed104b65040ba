/** A command could not do what it was asked; `message` is a sentence that names the remedy. */
export class CommandFailure extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "CommandFailure";
  }
}

/** True for failures whose message is a sentence for people: our own, and those of the product, which carry a code of its list. */
export function isExpected(error: unknown): error is Error {
  if (error instanceof CommandFailure) return true;
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^(HS|SB)_/.test(error.code);
}
