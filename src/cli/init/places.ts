import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/** Files and folder of an installation, as the configuration and the person call them. */
export interface Places {
  readonly configFile: string;
  readonly registrationFile: string;
  readonly keyFile: string;
  readonly dataFolder: string;
  /** True for the working folder, where `switchboard start` finds them by itself. */
  readonly isHere: boolean;
}

/**
 * @param folder as it was typed. Paths in a configuration count from the working folder of the start: those of another folder are absolute
 */
export function placesIn(folder: string | undefined): Places {
  const isHere = folder === undefined || path.resolve(folder) === process.cwd();
  const place = (name: string): string => (isHere ? `./${name}` : path.resolve(folder, name));
  return {
    configFile: place("config.yml"),
    registrationFile: place("registration.yml"),
    keyFile: place("switchboard.key"),
    dataFolder: place("data"),
    isHere,
  };
}

/** Whether a data folder is there and holds anything, which may be encrypted. */
export function isInUse(dataFolder: string): boolean {
  return existsSync(dataFolder) && statSync(dataFolder).isDirectory() && readdirSync(dataFolder).length > 0;
}
