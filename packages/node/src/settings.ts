/** What the person at this device has chosen for it. Kept here, told to nobody. */
import { Kept } from "./kept.ts";
import type { NodeParts } from "./node.ts";
import type { Settings, Theme } from "./service.ts";

const PREFIX = "settings/";
const themes: readonly Theme[] = ["system", "light", "dark"];

export class SettingsBook {
  readonly #kept: Kept<unknown>;

  constructor({ ledger, options }: NodeParts) {
    this.#kept = new Kept({
      store: options.store,
      prefix: PREFIX,
      save: (meta) => ledger.commit(ledger.gather(null), { meta }),
    });
  }

  read(): Settings {
    const theme = this.#kept.get("theme");
    const minutes = this.#kept.get("autoLockMinutes");
    return {
      // A later version may have kept one that this version does not have.
      theme: themes.find((known) => known === theme) ?? "system",
      autoLockMinutes: typeof minutes === "number" && minutes > 0 ? minutes : null,
    };
  }

  async change({ theme, autoLockMinutes }: Partial<Settings>): Promise<Settings> {
    if (theme !== undefined) await this.#kept.set("theme", theme);
    if (autoLockMinutes !== undefined) await this.#kept.set("autoLockMinutes", autoLockMinutes);
    return this.read();
  }
}
