/** What Octokit throws when an answer came (`response`), or when none did (`cause`). */
export interface OctokitFailure {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, unknown>>; readonly data: unknown };
  readonly cause?: unknown;
}

export function isOctokitFailure(error: unknown): error is Error & OctokitFailure {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

/** The HTTP status that Octokit reports with an answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  return isOctokitFailure(error) && error.response !== undefined ? error.status : undefined;
}
