/** Characters that tell two reports of one millisecond apart. */
export const reportTokenLength = 7;

/**
 * Ids of reports sort by time.
 * @param at milliseconds since the epoch
 * @param token random characters of 0-9a-z
 */
export function devinfoReportId(at: number, token: string): string {
  return devinfoReportsFrom(at) + token;
}

/** How the ids of reports of that millisecond begin: those of earlier ones sort before it. */
export function devinfoReportsFrom(at: number): string {
  // Nine characters last until the year 5188.
  return Math.max(0, Math.trunc(at)).toString(36).padStart(9, "0");
}
