import { createServer } from "node:net";

/*
 * Ports for servers that are stopped and started again. They lie below those that systems give to outgoing connections (from 32768 on as a
 * rule), which could otherwise take one in between, and each worker of the tests has its own, because several run at once.
 */
const firstPort = 15_000;
const portsOfWorker = 1_500;
const workers = 10;

let next: number | undefined;

/** Ports that nobody uses just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const first = firstPort + (Number(process.env["VITEST_POOL_ID"] ?? 0) % workers) * portsOfWorker;
  // Processes that run side by side begin at different places.
  next ??= process.pid % portsOfWorker;
  for (let tries = 0; tries < portsOfWorker; tries += 1) {
    const port = first + (next++ % portsOfWorker);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${first} on is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
