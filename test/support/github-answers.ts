/** What the GitHub stand-in's REST API answers. */
export interface GitHubAnswer {
  readonly status: number;
  /** A text is sent as it is, everything else as JSON. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub says no, in the shape of its REST errors. */
export class GitHubRefusal extends Error {
  readonly status: number;
  readonly errors: readonly object[] | undefined;

  constructor(status: number, message: string, errors?: readonly object[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** Also what GitHub says of things that somebody may not see. */
export function notFound(): GitHubRefusal {
  return new GitHubRefusal(404, "Not Found");
}

export function refusalAnswer({ status, message, errors }: GitHubRefusal): GitHubAnswer {
  return { status, body: errorBody(message, status, errors) };
}

export function errorBody(message: string, status: number, errors?: readonly object[]): object {
  const details = errors === undefined ? {} : { errors };
  return { message, ...details, documentation_url: "https://docs.github.com/rest", status: String(status) };
}
