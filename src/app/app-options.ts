import type { Config, Registration } from "../config/config.js";
import type { MessageSender } from "../core/ports/message-sender.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";

export interface AppOptions {
  readonly config: Config;
  readonly registration: Registration;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Fault tests put something between the flow and its surroundings. */
  readonly decorate?: {
    readonly unitOfWork?: (inner: UnitOfWork) => UnitOfWork;
    readonly sender?: (inner: MessageSender) => MessageSender;
  };
}
