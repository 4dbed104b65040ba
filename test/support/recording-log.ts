import { createLog, type Log } from "../../src/shared/log.js";

export interface RecordingLog {
  readonly log: Log;
  /** What was logged with that message, as the fields of JSON lines. */
  lines(message: string): readonly Readonly<Record<string, unknown>>[];
  /** All of it, as it is written. */
  text(): string;
}

/** A log that keeps what it says. */
export function recordingLog(): RecordingLog {
  const written: string[] = [];
  const options = { level: "debug", json: true, colorize: false, timestampFormat: "" } as const;
  return {
    log: createLog(options, { write: (line) => written.push(line) }),
    // Lines are JSON objects.
    lines: (message) =>
      written.map((line) => JSON.parse(line) as Record<string, unknown>).filter((fields) => fields["message"] === message),
    text: () => written.join(""),
  };
}
