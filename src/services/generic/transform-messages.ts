/** What the worker is asked; one thing at a time. */
export type TransformRequest =
  /** `json`: the payload. */
  { readonly kind: "run"; readonly script: string; readonly json: string } | { readonly kind: "check"; readonly script: string };

/** What came of it. */
export type TransformAnswer =
  /** Of a run: `result` as JSON, absent where it is no text and no object. Of a check: nothing is wrong. */
  | { readonly kind: "done"; readonly json?: string }
  /** The script's own mistake. */
  | { readonly kind: "mistake"; readonly message: string }
  /** It would not have ended, or took or gave too much. */
  | { readonly kind: "limit"; readonly message: string };

/** Said once, when questions can be asked. */
export const workerIsReady = "ready";
