import type { Command } from "commander";
import type { DevinfoClientWanted } from "../apis/control/schema.js";

/** Flags of whoever may send development information. */
export interface CallerFlags {
  readonly provider?: string;
  readonly instance?: string;
}

export function addCallerFlags(command: Command): Command {
  return command
    .option("--provider <name>", "whose data it reads and changes (default: its own); callers of one provider share what is stored")
    .option("--instance <name>", "only rooms of this tracker instance hear of what it sends (default: rooms of all)");
}

/** @param scopes as typed, each by itself or joined by commas; in whatever case */
export function readCallerFlags(
  { provider, instance }: CallerFlags,
  scopes: readonly string[] | undefined,
): Omit<DevinfoClientWanted, "name"> {
  const words = scopes?.flatMap((text) => text.split(",")).map((word) => word.trim().toUpperCase());
  return {
    // The cast: the server says which there are.
    ...(words === undefined ? {} : { scopes: words as NonNullable<DevinfoClientWanted["scopes"]> }),
    ...(provider === undefined ? {} : { provider }),
    ...(instance === undefined ? {} : { instance }),
  };
}
