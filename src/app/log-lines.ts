import type { Config } from "../config/config.js";

/** One line that says what is served where. */
export function describeListeners(config: Config): string {
  const listeners = config.listeners.map(({ bindAddress, port, prefix, resources }) => {
    return `${resources.join(", ")} on http://${bindAddress}:${port}${prefix}`;
  });
  const appservice = `the homeserver's transactions on http://${config.bridge.bindAddress}:${config.bridge.port}`;
  return `Ready: ${[...listeners, appservice].join("; ")}; data in ${config.storage.path}`;
}
