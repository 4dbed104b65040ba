/** Where the demo writes: lines that stay, and, on a terminal, one line of progress that the next line takes the place of. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #hasProgress = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  line(text = ""): void {
    this.#stream.write(`${this.#clear()}${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n${text}`);
  }

  /** Without a terminal these are lines like others: a log shows then that something goes on. */
  progress(text: string): void {
    if (!this.#stream.isTTY) {
      this.line(`  ${text}`);
      return;
    }
    const clear = this.#clear();
    this.#hasProgress = true;
    this.#stream.write(`${clear}  ${text.slice(0, (this.#stream.columns || 80) - 3)}`);
  }

  #clear(): string {
    const clear = this.#hasProgress ? "\r\u001b[K" : "";
    this.#hasProgress = false;
    return clear;
  }
}
