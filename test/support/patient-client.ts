import { Pool } from "undici";

/** A webhook ready to be sent. */
export interface LoadRequest {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

/** Sends requests until each is answered: a request is repeated only when no answer came, as a careful sender does. */
export class PatientClient {
  readonly #pool: Pool;
  repeats = 0;

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, { connections, headersTimeout: 15_000, bodyTimeout: 15_000 });
  }

  /** @returns the status of the first answer that came */
  async post(path: string, webhook: LoadRequest, isOver: () => boolean): Promise<number | undefined> {
    while (!isOver()) {
      try {
        const answer = await this.#pool.request({ method: "POST", path, ...webhook });
        await answer.body.dump();
        return answer.statusCode;
      } catch {
        this.repeats += 1;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
