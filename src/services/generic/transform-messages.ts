/** In characters: of the text of a payload four times as much has to fit into a script's memory, as text and as what is made of it. */
export const longestPayload = 16 * 1_048_576;

/** What the worker is asked; one thing at a time. */
export type TransformRequest =
  /** `json`: the payload, no longer than `longestPayload`. */
  { readonly kind: "run"; readonly script: string; readonly json: string } | { readonly kind: "check"; readonly script: string };

/** What came of it. */
export type TransformAnswer =
  /** Of a run: `result` as JSON, absent where it is no text and no object. Of a check: nothing is wrong. */
  | { readonly kind: "done"; readonly json?: string }
  /** The script's own mistake. */
  | { readonly kind: "mistake"; readonly message: string }
  /** It would not have ended, or took or gave too much. */
  | { readonly kind: "limit"; readonly message: string };

export const payloadTooLarge: TransformAnswer = { kind: "mistake", message: "the payload is too large for a function" };

/** Said once, when questions can be asked. */
export const workerIsReady = "ready";
