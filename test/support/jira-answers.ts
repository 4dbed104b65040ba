/** What the stand-in's REST API answers. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as a page, unless the headers say otherwise. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Jira says no: a status, and sentences in the shape of its REST errors. */
export class JiraRefusal extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>>;

  constructor(status: number, message: string, errors: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  /** Something is wrong with one field of the request. */
  static ofField(field: string, message: string): JiraRefusal {
    return new JiraRefusal(400, "", { [field]: message });
  }
}

export function refusalAnswer({ status, message, errors }: JiraRefusal): Answer {
  return { status, body: errorJson(message, errors) };
}

export function errorJson(message: string, errors: Readonly<Record<string, string>> = {}): object {
  return { errorMessages: message === "" ? [] : [message], errors };
}
