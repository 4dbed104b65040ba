import { Agent, type Dispatcher } from "undici";
import { RemoteError } from "../core/errors.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import { connectDirectly, connectThrough, type CertificateRule, type Connections } from "./connectors.js";
import type { TargetJudge } from "./target-judge.js";

/** How a request gets to its target. */
type Way = Pick<HttpRequest, "acceptsAnyCertificate" | "skipsProxy">;

interface Opened {
  readonly dispatcher: Agent;
  readonly connections: Connections;
}

/**
 * The connections of the guarded client, kept apart by the way they were made: one that was made without checking the certificate, or past
 * the proxy, must never carry a request that did not ask for it. Each way is opened with the first request that takes it.
 */
export class Dispatchers {
  readonly #judge: TargetJudge;
  readonly #proxy: URL | undefined;
  readonly #opened = new Map<string, Opened>();
  #isClosed = false;

  constructor(judge: TargetJudge, proxy: URL | undefined) {
    this.#judge = judge;
    this.#proxy = proxy;
  }

  /** @throws RemoteError once they are closed */
  for({ acceptsAnyCertificate, skipsProxy }: Way): Dispatcher {
    if (this.#isClosed) throw new RemoteError("Switchboard is stopping");
    const proxy = skipsProxy === true ? undefined : this.#proxy;
    const rule = acceptsAnyCertificate === true ? "any" : "checked";
    const name = `${proxy === undefined ? "direct" : "proxy"}/${rule}`;
    const opened = this.#opened.get(name) ?? this.#open(proxy, rule);
    this.#opened.set(name, opened);
    return opened.dispatcher;
  }

  /** Cuts what is under way: a remote that does not answer must not hold up our end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = [...this.#opened.values()].flatMap(({ dispatcher, connections }) => [
      dispatcher.destroy(new Error("Switchboard is stopping")),
      connections.close(),
    ]);
    await Promise.all(ended);
  }

  #open(proxy: URL | undefined, rule: CertificateRule): Opened {
    const connections = proxy === undefined ? connectDirectly(this.#judge, rule) : connectThrough(proxy, this.#judge, rule);
    return { connections, dispatcher: new Agent({ connect: connections.connect, connections: 16 }) };
  }
}
