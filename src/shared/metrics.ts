import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** A number that only grows. */
export interface Count {
  inc(by?: number): void;
}

/** A count for each value of a label. The same value gives the same object, so asking on every event costs one look-up. */
export interface CountBy<Labels extends readonly string[]> {
  of(...values: Labels): Count;
}

/** A number that is asked for when somebody reads the metrics. */
export interface ReadGauge {
  readFrom(source: () => number | Promise<number>): void;
}

export interface ReadGaugeBy {
  /** The numbers by the label's value. */
  readFrom(source: () => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>): void;
}

/**
 * Everything the program counts. Names up to `appserviceEvents` are Hookshot's (reference 10), so that its dashboard keeps working.
 * A label's value is never something a stranger chose or may not see: route paths, service ids, method names.
 */
export interface Metrics {
  /** `path` is the route's own, never the one that was requested: that may hold a secret. */
  readonly webhookRequests: CountBy<[path: string, method: string]>;
  readonly provisioningRequests: CountBy<[path: string, method: string]>;
  /** Remote events taken, as `<service>.<event>`. */
  readonly queueEventPushes: CountBy<[event: string]>;
  readonly connectionEventsFailed: CountBy<[event: string, connectionId: string]>;
  readonly connections: ReadGaugeBy;
  readonly matrixApiCalls: CountBy<[method: string]>;
  readonly matrixApiCallsFailed: CountBy<[method: string]>;
  readonly appserviceEvents: Count;

  readonly transactionsUnreadable: Count;
  readonly webhooksStored: CountBy<[service: string]>;
  readonly deliveriesSent: CountBy<[service: string]>;
  readonly deliveriesRetried: CountBy<[service: string]>;
  readonly deliveriesDead: CountBy<[service: string]>;
  readonly deliveriesDiscarded: CountBy<[service: string]>;
  readonly deliveriesWaiting: ReadGauge;
  /** Age in seconds of the oldest waiting delivery; 0 when none waits. */
  readonly oldestDeliverySeconds: ReadGauge;
  /** From the request's acceptance to the homeserver's answer, in seconds. */
  readonly deliverySeconds: { observe(seconds: number): void };
  readonly homeserverUp: { set(isUp: boolean): void };

  /** The text that Prometheus reads, and its content type. */
  read(): Promise<{ readonly text: string; readonly contentType: string }>;
}

interface MetricsOptions {
  /** Adds `process_*` and `nodejs_*`. They cost a little all the time, so they are for installations where somebody reads them. */
  readonly withProcess?: boolean;
}

// From what a loaded machine does at best, over a homeserver that answers slowly, to half an hour without one.
const deliverySecondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800];

/** Each call makes metrics of its own: nothing is shared between two programs in one process, such as tests. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const count = (name: string, help: string): Count => new Counter({ name, help, registers: [registry] });
  if (options.withProcess === true) collectDefaultMetrics({ register: registry });
  return {
    webhookRequests: countBy(registry, "hookshot_webhooks_http_request", "Requests of remotes, by route", ["path", "method"]),
    provisioningRequests: countBy(registry, "hookshot_provisioning_http_request", "Requests of programs that set rooms up, by route", [
      "path",
      "method",
    ]),
    queueEventPushes: countBy(registry, "hookshot_queue_event_pushes", "Remote events taken for delivery", ["event"]),
    connectionEventsFailed: countBy(registry, "hookshot_connection_event_failed", "Remote events that a connection could not handle", [
      "event",
      "connectionId",
    ]),
    connections: readGaugeBy(registry, "hookshot_connections", "Active connections, by service", "service"),
    matrixApiCalls: countBy(registry, "matrix_api_calls", "Requests to the homeserver", ["method"]),
    matrixApiCallsFailed: countBy(registry, "matrix_api_calls_failed", "Requests to the homeserver that failed", ["method"]),
    appserviceEvents: count("matrix_appservice_events", "Events the homeserver sent"),

    transactionsUnreadable: count("switchboard_transactions_unreadable_total", "Transactions, or events in them, that could not be read"),
    webhooksStored: countBy(registry, "switchboard_webhooks_stored_total", "Requests of remotes stored, repeats not included", ["service"]),
    deliveriesSent: countBy(registry, "switchboard_deliveries_sent_total", "Deliveries the homeserver has", ["service"]),
    deliveriesRetried: countBy(registry, "switchboard_deliveries_retried_total", "Tries that failed and are made again", ["service"]),
    deliveriesDead: countBy(registry, "switchboard_deliveries_dead_total", "Deliveries given up", ["service"]),
    deliveriesDiscarded: countBy(
      registry,
      "switchboard_deliveries_discarded_total",
      "Deliveries dropped because nothing wants them any more",
      ["service"],
    ),
    deliveriesWaiting: readGauge(registry, "switchboard_deliveries_waiting", "Deliveries stored and not yet sent"),
    oldestDeliverySeconds: readGauge(registry, "switchboard_delivery_oldest_seconds", "Age of the oldest delivery that waits"),
    deliverySeconds: new Histogram({
      name: "switchboard_delivery_seconds",
      help: "Time from a request's acceptance to the homeserver's answer",
      buckets: deliverySecondsBuckets,
      registers: [registry],
    }),
    homeserverUp: upGauge(registry, "switchboard_homeserver_up", "1 while the homeserver answers, else 0"),

    async read() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

function countBy<Labels extends string[]>(registry: Registry, name: string, help: string, labelNames: Labels): CountBy<Labels> {
  const children = new Map<string, Tally<Labels>>();
  const counter = new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      counter.reset();
      // What never happened is left out, as prom-client does.
      for (const { labels, count } of children.values()) if (count > 0) counter.labels(...labels).inc(count);
    },
  });
  return {
    of(...values) {
      const key = values.length === 1 ? (values[0] ?? "") : values.join("\n");
      let child = children.get(key);
      if (child === undefined) {
        child = new Tally(values);
        children.set(key, child);
      }
      return child;
    },
  };
}

/** A plain number until somebody reads the metrics: counting happens several times for each webhook. */
class Tally<Labels extends readonly string[]> implements Count {
  readonly labels: Labels;
  count = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  inc(by = 1): void {
    this.count += by;
  }
}

function readGauge(registry: Registry, name: string, help: string): ReadGauge {
  let source: (() => number | Promise<number>) | undefined;
  const gauge = new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await readQuietly(source);
      if (value === undefined) gauge.remove();
      else gauge.set(value);
    },
  });
  return {
    readFrom(newSource) {
      source = newSource;
    },
  };
}

function readGaugeBy(registry: Registry, name: string, help: string, labelName: string): ReadGaugeBy {
  let source: (() => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>) | undefined;
  const gauge = new Gauge({
    name,
    help,
    labelNames: [labelName],
    registers: [registry],
    async collect() {
      gauge.reset();
      for (const [label, value] of (await readQuietly(source)) ?? []) gauge.labels(label).set(value);
    },
  });
  return {
    readFrom(newSource) {
      source = newSource;
    },
  };
}

/** A number that cannot be had must not hide all others. */
async function readQuietly<Value>(source: (() => Value | Promise<Value>) | undefined): Promise<Value | undefined> {
  try {
    return await source?.();
  } catch {
    return undefined;
  }
}

function upGauge(registry: Registry, name: string, help: string): { set(isUp: boolean): void } {
  const gauge = new Gauge({ name, help, registers: [registry] });
  return { set: (isUp) => gauge.set(isUp ? 1 : 0) };
}
