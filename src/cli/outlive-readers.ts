/** A stream that the process prints to. */
interface OutputStream {
  on(event: "error", listener: (error: unknown) => void): unknown;
}

/**
 * Makes the loss of whoever reads our output (`| head`, a log collector that ended) no error of the program: what is printed is lost from
 * then on, and nothing else. Left alone, the failure to write is an uncaught exception; logging that one fails to write again, without end.
 */
export function outliveReaders(outputs: readonly OutputStream[]): void {
  // There is nowhere left to say so.
  for (const output of outputs) output.on("error", () => undefined);
}
