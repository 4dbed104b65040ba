import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { ConfigError } from "../core/errors.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { createColdRoutes } from "./cold-routes.js";
import { Exchanges } from "./exchange.js";
import { defaultErrorBody } from "./failure.js";
import { HotRoutes } from "./hot-routes.js";
import type { ErrorBody, Route } from "./route.js";
import { splitTarget } from "./target.js";

export type ListenAddress = { readonly bindAddress: string; readonly port: number } | { readonly socketPath: string };

export interface ListenerTimeouts {
  /** Until the headers are whole; 20 seconds unless given. All are milliseconds. */
  readonly headersMs: number;
  /** Until the body is whole; two minutes unless given. */
  readonly requestMs: number;
  /** How often the two above are looked at. */
  readonly checkMs: number;
  /** How long an idle connection is kept. Longer than the minute of usual proxies, so that they are the ones to close. */
  readonly idleMs: number;
  /** How long a stop waits for requests that are being served. */
  readonly stopMs: number;
}

interface CommonOptions {
  /** Put in front of every path: `/hookshot`. */
  readonly prefix?: string;
  readonly routes: readonly Route[];
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** For requests that no row serves, and for rows without their own; absent: `{"errcode", "error"}`. */
  readonly errorBody?: ErrorBody;
  /** Key of the configuration that says where to listen, for the error when that cannot be. */
  readonly configKey?: string;
  readonly timeouts?: Partial<ListenerTimeouts>;
}

export type ListenerOptions = ListenAddress & CommonOptions;

/** A server on one address. */
export interface Listener {
  /**
   * @returns the port, which was chosen by the system where 0 was asked for; 0 for a socket
   * @throws ConfigError when the address cannot be used
   */
  start(): Promise<{ readonly port: number }>;
  /** Takes no more connections, lets requests that are being served end, then closes what is left. */
  stop(): Promise<void>;
}

const defaultTimeouts: ListenerTimeouts = { headersMs: 20_000, requestMs: 120_000, checkMs: 5_000, idleMs: 75_000, stopMs: 8_000 };

/** @throws TypeError for two rows with the same method and path */
export function createListener(options: ListenerOptions): Listener {
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const prefix = normalisePrefix(options.prefix ?? "");
  const exchanges = new Exchanges({ ...options, errorBody: options.errorBody ?? defaultErrorBody, prefixLength: prefix.length });
  const server = createServer(
    { headersTimeout: timeouts.headersMs, requestTimeout: timeouts.requestMs, connectionsCheckingInterval: timeouts.checkMs },
    dispatch(options.routes, prefix, exchanges),
  );
  server.keepAliveTimeout = timeouts.idleMs;
  const sockets = trackSockets(server);
  return {
    start: () => listen(server, options),
    async stop() {
      if (!server.listening) return;
      const closed = closeServer(server, sockets);
      const ended = Promise.all([closed, exchanges.stop()]).then(() => true);
      const tooLong = sleep(options.clock, timeouts.stopMs).then(() => false);
      if (await Promise.race([ended, tooLong])) return;
      server.closeAllConnections();
      await closed;
    },
  };
}

/** `hookshot/` and `/hookshot` mean the same. */
function normalisePrefix(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}

function dispatch(routes: readonly Route[], prefix: string, exchanges: Exchanges): RequestListener {
  const hot = new HotRoutes(routes, prefix);
  const cold = createColdRoutes(routes, prefix, exchanges);
  return (message, response) => {
    const match = hot.find(message.method ?? "", splitTarget(message.url ?? "/").path);
    if (match === undefined) cold(message, response);
    else void exchanges.serve(message, response, match);
  };
}

function listen(server: Server, options: ListenerOptions): Promise<{ readonly port: number }> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(cannotListen(error, options));
    };
    server.once("error", onError);
    server.listen("socketPath" in options ? { path: options.socketPath } : { host: options.bindAddress, port: options.port }, () => {
      server.off("error", onError);
      // Later ones concern single connections, such as too many open files: the server goes on.
      server.on("error", (error) => {
        options.log.error({ error }, "A listener has a problem");
      });
      const address = server.address();
      resolve({ port: typeof address === "object" && address !== null ? address.port : 0 });
    });
  });
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there already; stop it or choose another port",
  EACCES: "that is not permitted; choose a port from 1024 on",
  EADDRNOTAVAIL: "this machine does not have that address; change bindAddress",
  ENOTFOUND: "that name has no address; change bindAddress",
};

function cannotListen(error: NodeJS.ErrnoException, options: ListenerOptions): ConfigError {
  const place = "socketPath" in options ? options.socketPath : `${options.bindAddress}:${options.port}`;
  const key = options.configKey ?? "listeners";
  return new ConfigError(key, `Cannot listen on ${place} (${key}): ${listenProblems[error.code ?? ""] ?? error.message}.`, {
    cause: error,
  });
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

/** Resolves when every connection is closed. */
function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  // Node takes a connection that never said anything for one that is being served.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  return closed;
}
