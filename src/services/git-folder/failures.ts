import { RemoteError } from "../../core/errors.js";

/** What the file system says, in words. Paths are told only where they are the administrator's own. */
const sentences: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  ENOTDIR: "is no folder",
  EACCES: "may not be read by the user that we run as",
  EPERM: "may not be read by the user that we run as",
  ELOOP: "is a link that leads round in circles",
};

/** Something is wrong with one repository: nothing that waiting mends, and no reason to leave the others of its folder alone. */
export function brokenRepository(message: string, cause?: unknown): RemoteError {
  return new RemoteError(message, { isFinal: true, ...(cause === undefined ? {} : { cause }) });
}

/**
 * A failure of the file system as one that people are told; anything else as it is.
 * @param place what was read, such as "the folder `/srv/git`"
 */
export function explainFailure(error: unknown, place: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const sentence = sentences[code];
  return sentence === undefined
    ? new RemoteError(`${place} could not be read (${code})`, { cause: error })
    : brokenRepository(`${place} ${sentence}`, error);
}

/** True where there is nothing at a path. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** The code of a failed system call. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof RemoteError || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
