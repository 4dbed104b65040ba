import { request } from "node:http";
import { CommandFailure } from "./failure.js";

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ControlRequest {
  readonly socketPath: string;
  readonly method: "GET" | "POST";
  /** With query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** Milliseconds; 15,000 unless given. */
  readonly timeoutMs?: number;
}

/**
 * Asks the running server over its socket.
 * @throws CommandFailure when none runs, or when it does not speak this protocol
 */
export async function askServer(asked: ControlRequest): Promise<ControlAnswer> {
  const { status, text } = await send(asked);
  try {
    return { status, body: JSON.parse(text) };
  } catch (error) {
    throw new CommandFailure(`The server at ${asked.socketPath} gave an answer that is no JSON (status ${String(status)}).`, {
      cause: error,
    });
  }
}

function send({
  socketPath,
  method,
  path,
  body,
  timeoutMs = 15_000,
}: ControlRequest): Promise<{ readonly status: number; readonly text: string }> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => {
      reject(describeFailure(error, socketPath));
    };
    const outgoing = request({ socketPath, method, path, headers, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", onError);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.on("error", onError);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${String(timeoutMs / 1000)} s`)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function describeFailure(error: unknown, socketPath: string): CommandFailure {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // The socket is left over from a server that was killed, or was never there.
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") {
    return new CommandFailure(
      "No Switchboard runs on this data folder; start it, or name the folder of the running one with --data or --config.",
      { cause: error },
    );
  }
  const reason = code === "EACCES" ? "this user may not open it" : error instanceof Error ? error.message : String(error);
  return new CommandFailure(`The running Switchboard cannot be asked at ${socketPath}: ${reason}.`, { cause: error });
}
