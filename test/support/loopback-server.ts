import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Servers of one test file on loopback, closed together after each test. */
export class LoopbackServers {
  readonly #started: Server[] = [];

  /** @returns the server's origin: `http://127.0.0.1:<port>` */
  async serve(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.listen(createServer(listener))}`;
  }

  /** @returns the port */
  async listen(server: Server): Promise<number> {
    this.#started.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A TCP listener's address is an object.
    return (server.address() as AddressInfo).port;
  }

  async closeAll(): Promise<void> {
    for (const server of this.#started.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}
