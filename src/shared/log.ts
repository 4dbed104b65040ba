import { createRequire } from "node:module";
import { pino, stdTimeFunctions, type DestinationStream, type Logger, type LoggerOptions } from "pino";

/** Called as pino's: `log.warn({ error, roomId }, "Could not read the room.")`; parts of the product take `log.child({ module: "…" })`. */
export type Log = Logger;

export interface LogOptions {
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  /** One JSON object a line, with Hookshot's keys: `level`, `message`, `module`, `timestamp`, `error`, `args` (reference 1.5). */
  readonly json: boolean;
  readonly colorize: boolean;
  /** fecha tokens; JSON lines always carry ISO 8601. */
  readonly timestampFormat: string;
}

// Keys of log objects, at the top and one level down, whose values are never printed. Secrets are `Secret` objects; this is the second line of defence.
const secretKeys = [
  "token",
  "as_token",
  "hs_token",
  "access_token",
  "accessToken",
  "secret",
  "client_secret",
  "clientSecret",
  "password",
  "authorization",
  "Authorization",
  "cookie",
];

/**
 * The process's log. Lines are written at once, so that none is lost when the process ends.
 * @param destination standard output unless given
 */
export function createLog(options: LogOptions, destination: DestinationStream = process.stdout): Log {
  return pino(pinoOptions(options.level), options.json ? destination : prettyStream(options, destination));
}

/** A log that says nothing, for tests and tools. */
export function silentLog(): Log {
  return pino({ ...pinoOptions("error"), level: "silent" });
}

function pinoOptions(level: LogOptions["level"]): LoggerOptions {
  return {
    level,
    base: null,
    messageKey: "message",
    errorKey: "error",
    timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: (error) => describeError(error), err: (error) => describeError(error) },
    hooks: {
      logMethod(args, method) {
        const [first, ...others]: readonly unknown[] = args;
        // An Error by itself would give the line its own message, as it is.
        const values = first instanceof Error && others.length === 0 ? [{ error: first }, first.message] : [first, ...others];
        // Only the contents of texts differ from the arguments that came.
        method.apply(this, values.map(withoutTokensInside) as typeof args);
      },
    },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: "[secret]" },
  };
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: DescribedError | string;
}

/**
 * Only what we know to be harmless: clients hang requests, with their headers, and whole answers on the errors that they throw.
 * A failure that the product expects is a sentence with a remedy; its stack, and those of its causes, would only hide that.
 * @param depth how many causes are followed; a chain may be a ring
 */
function describeError(error: unknown, depth = 3, hasStack = true): DescribedError | string {
  if (!(error instanceof Error)) return withoutTokens(typeof error === "string" ? error : "not an Error");
  const showsStack = hasStack && !isExpected(error);
  return {
    type: error.name,
    message: withoutTokens(error.message),
    ...("code" in error ? { code: error.code } : {}),
    ...(!showsStack || error.stack === undefined ? {} : { stack: withoutTokens(error.stack) }),
    ...(error.cause === undefined || depth === 0 ? {} : { cause: describeError(error.cause, depth - 1, showsStack) }),
  };
}

/** Carries a code of the product's own list, other than the one for surprises. */
function isExpected(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^(HS|SB)_/.test(error.code) && error.code !== "HS_UNKNOWN";
}

/** Credentials in queries, headers and user information of URLs that found their way into a text. */
function withoutTokens(text: string): string {
  return text
    .replace(/(\b(?:access_token|[ah]s_token|token|secret|password)=|[?&]code=)[^&\s"']+/gi, "$1[secret]")
    .replace(/\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}/g, "$1 [secret]")
    .replace(/(\/\/)[^/\s:@]+:[^/\s@]+@/g, "$1[secret]@");
}

function withoutTokensInside(value: unknown): unknown {
  return typeof value === "string" ? withoutTokens(value) : value;
}

function prettyStream({ colorize, timestampFormat }: LogOptions, destination: DestinationStream): DestinationStream {
  // Loaded only here: JSON logs do without, and starting is quicker. `require` because the log must be there at once.
  const require = createRequire(import.meta.url);
  // The two packages' own types: `require` gives `any`.
  const { prettyFactory } = require("pino-pretty") as typeof import("pino-pretty");
  const { format } = require("fecha") as typeof import("fecha");
  const prettify = prettyFactory({
    colorize,
    messageKey: "message",
    timestampKey: "timestamp",
    errorLikeObjectKeys: ["error", "err"],
    ignore: "module",
    levelFirst: true,
    translateTime: false,
    singleLine: true,
    messageFormat: (line, messageKey) => `[${textOf(line["module"] ?? "switchboard")}] ${textOf(line[messageKey])}`,
    customPrettifiers: { time: (time) => format(new Date(textOf(time)), timestampFormat) },
  });
  return {
    write(line) {
      destination.write(prettify(line));
    },
  };
}

// A log line may hold anything under any key.
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
