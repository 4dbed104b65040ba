import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { onTestFinished } from "vitest";
import { controlSocketPath } from "../../src/apis/control/schema.js";

/** Requests that came, as `POST /v1/tokens {"name":"ci"}`. */
export type AskedOfControl = readonly string[];

/** Stands in for the running server for one test: answers everything with one answer. */
export async function answerAsServer(dataFolder: string, body: unknown, status = 200): Promise<AskedOfControl> {
  const asked: string[] = [];
  const socketPath = controlSocketPath(dataFolder);
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""} ${Buffer.concat(chunks).toString()}`.trimEnd());
      response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body));
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
