import description from "../../package.json" with { type: "json" };

/** The version of the package. */
export function readVersion(): string {
  return description.version;
}
