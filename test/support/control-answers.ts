import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { onTestFinished } from "vitest";
import { controlSocketPath } from "../../src/apis/control/schema.js";

/** Requests that came, as `POST /v1/tokens {"name":"ci"}`. */
export type AskedOfControl = readonly string[];

/** Stands in for the running server for one test: answers everything with one answer. */
export function answerAsServer(dataFolder: string, body: unknown, status = 200): Promise<AskedOfControl> {
  return listen(dataFolder, () => body, status);
}

/** The same with several answers, one after the other. */
export function answerAsServerInTurn(dataFolder: string, bodies: readonly unknown[]): Promise<AskedOfControl> {
  return listen(dataFolder, (position) => bodies[position], 200);
}

async function listen(dataFolder: string, bodyAt: (position: number) => unknown, status: number): Promise<AskedOfControl> {
  const asked: string[] = [];
  const socketPath = controlSocketPath(dataFolder);
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""} ${Buffer.concat(chunks).toString()}`.trimEnd());
      const answer = bodyAt(asked.length - 1);
      response.writeHead(status, { "content-type": "application/json" }).end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  server.listen(socketPath);
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    await once(server, "close");
  });
  return asked;
}
