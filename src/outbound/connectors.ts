import { isIP, Socket, type LookupFunction } from "node:net";
import { buildConnector, Pool } from "undici";
import { RemoteError } from "../core/errors.js";
import { connectTimeoutMs } from "./send-request.js";
import type { TargetAddress, TargetJudge } from "./target-judge.js";

/** How connections to targets are made. */
export interface Connections {
  readonly connect: buildConnector.connector;
  /** Ends what it holds besides the connections that it made. */
  close(): Promise<void>;
}

/** What a target's certificate has to be: good for its name, or any. */
export type CertificateRule = "checked" | "any";

function tlsOptions(rule: CertificateRule): { readonly rejectUnauthorized?: false } {
  return rule === "checked" ? {} : { rejectUnauthorized: false };
}

/** Connects to judged addresses only. */
export function connectDirectly(judge: TargetJudge, rule: CertificateRule = "checked"): Connections {
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup: judgedLookup(judge), ...tlsOptions(rule) });
  return {
    connect(options, callback) {
      if (isIP(options.hostname) === 0) {
        connect(options, callback);
        return;
      }
      // Nothing is looked up for an address, so it has to be judged here.
      judge.addressesOf(options.hostname).then(
        () => {
          connect(options, callback);
        },
        (error: unknown) => {
          callback(asError(error), null);
        },
      );
    },
    close: () => Promise.resolve(),
  };
}

function judgedLookup(judge: TargetJudge): LookupFunction {
  return (hostname, { all }, callback) => {
    judge.addressesOf(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) callback(null, [...addresses]);
        // There is one: a host without any that may be asked is refused.
        else callback(null, first?.address ?? "", first?.family);
      },
      (error: unknown) => {
        callback(asError(error), "");
      },
    );
  };
}

/**
 * Has a proxy connect to addresses judged here; it never learns the name, which it might resolve differently.
 * @param rule for the targets; a proxy that is asked by https has to have a good certificate in any case
 */
export function connectThrough(proxy: URL, judge: TargetJudge, rule: CertificateRule = "checked"): Connections {
  const pool = new Pool(proxy.origin, { connect: { timeout: connectTimeoutMs }, headersTimeout: connectTimeoutMs });
  const headers = credentialsFor(proxy);
  const secure = buildConnector({ timeout: connectTimeoutMs, ...tlsOptions(rule) });
  const open = async (options: buildConnector.Options): Promise<Socket> => {
    const addresses = await judge.addressesOf(options.hostname);
    return openTunnel(pool, addresses.map(authorityWith(options)), headers);
  };
  return {
    connect(options, callback) {
      open(options).then(
        (socket) => {
          // The name that the certificate has to have is still the target's.
          if (options.protocol === "https:") secure({ ...options, httpSocket: socket }, callback);
          else callback(null, socket);
        },
        (error: unknown) => {
          callback(asError(error), null);
        },
      );
    },
    close: () => pool.destroy(),
  };
}

function authorityWith({ port, protocol }: buildConnector.Options): (target: TargetAddress) => string {
  const number = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return ({ address, family }) => `${family === 6 ? `[${address}]` : address}:${number}`;
}

/** Asks for the addresses one after the other, as a browser would, until one can be reached. */
async function openTunnel(pool: Pool, authorities: readonly string[], headers: Record<string, string>): Promise<Socket> {
  let failure: RemoteError | undefined;
  for (const authority of authorities) {
    const tunnel = await askForTunnel(pool, authority, headers);
    if (!(tunnel instanceof RemoteError)) return tunnel;
    failure = tunnel;
  }
  throw failure ?? new RemoteError("The outbound proxy was not asked for anything");
}

async function askForTunnel(pool: Pool, authority: string, headers: Record<string, string>): Promise<Socket | RemoteError> {
  try {
    const { socket, statusCode } = await pool.connect({ path: authority, headers: { ...headers, host: authority } });
    // undici calls the connection by its widest type.
    if (statusCode === 200 && socket instanceof Socket) return socket;
    socket.on("error", () => undefined).destroy();
    return new RemoteError(`The outbound proxy refused a connection (${statusCode})`);
  } catch (cause) {
    return new RemoteError("The outbound proxy could not be reached", { cause });
  }
}

function credentialsFor({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
