/** The arrows of the flow at which the process kills itself, each once; see crashing-main.ts. */
export const crashPoints = [
  "before the event is stored",
  "after the event is stored",
  "before the delivery is stored",
  "after the delivery is stored",
  "before the message is sent",
  "after the message is sent",
  "before the outcome is stored",
  "after the outcome is stored",
] as const;

export type CrashPoint = (typeof crashPoints)[number];
