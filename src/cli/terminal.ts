import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandFailure } from "./failure.js";

/** Somebody who can be asked. */
export interface Terminal {
  /**
   * Asks, and waits for a line.
   * @param isHidden what is typed is not shown, and not remembered
   * @throws CommandFailure when the person ends it, with Ctrl-C or Ctrl-D
   */
  ask(question: string, isHidden?: boolean): Promise<string>;
  close(): void;
}

type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** @returns undefined where nobody sits before the streams */
export function openTerminal(input: InputStream, output: OutputStream): Terminal | undefined {
  if (input.isTTY !== true || output.isTTY !== true) return undefined;
  let isMuted = false;
  // Readline itself echoes what is typed.
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
  const typed = new TypedLines(lines);
  return {
    async ask(question, isHidden = false) {
      lines.setPrompt(question);
      // Writes the question; what is typed is written later.
      lines.prompt();
      isMuted = isHidden;
      try {
        return await typed.next();
      } finally {
        isMuted = false;
        if (isHidden) output.write("\n");
      }
    },
    close() {
      lines.close();
    },
  };
}

/** Lines in the order in which they were typed. Pasted ones may come before their question is asked, when readline would drop them. */
class TypedLines {
  readonly #waiting: string[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(lines: Interface) {
    lines.on("line", (line) => {
      this.#waiting.push(line);
      this.#wake?.();
    });
    lines.on("close", () => {
      this.#isEnded = true;
      this.#wake?.();
    });
  }

  async next(): Promise<string> {
    for (;;) {
      const line = this.#waiting.shift();
      if (line !== undefined) return line;
      if (this.#isEnded) throw new CommandFailure("Ended by you; nothing was written.");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
